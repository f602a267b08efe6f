//! Numbers as unsigned keys that have the numbers' order.

use crate::kernels::runtime::shape::Element;
use bytemuck::Pod;

/// An unsigned integer of the size of the numbers to sort.
pub(super) trait Key: Pod + Ord + Send + Sync {
    const BITS: u32;
    const MAX: Self;
    fn from_u64(wide: u64) -> Self;
    fn to_u64(self) -> u64;
    fn wrapping_add(self, other: Self) -> Self;
    fn wrapping_sub(self, other: Self) -> Self;
    fn xor(self, other: Self) -> Self;
    fn and(self, other: Self) -> Self;
    /// All ones where the highest bit is one, else 0.
    fn smear(self) -> Self;
}

macro_rules! key {
    ($unsigned:ident, $signed:ident) => {
        impl Key for $unsigned {
            const BITS: u32 = $unsigned::BITS;
            const MAX: Self = $unsigned::MAX;
            #[inline(always)]
            fn from_u64(wide: u64) -> Self {
                wide as $unsigned
            }
            #[inline(always)]
            fn to_u64(self) -> u64 {
                self.into()
            }
            #[inline(always)]
            fn wrapping_add(self, other: Self) -> Self {
                $unsigned::wrapping_add(self, other)
            }
            #[inline(always)]
            fn wrapping_sub(self, other: Self) -> Self {
                $unsigned::wrapping_sub(self, other)
            }
            #[inline(always)]
            fn xor(self, other: Self) -> Self {
                self ^ other
            }
            #[inline(always)]
            fn and(self, other: Self) -> Self {
                self & other
            }
            #[inline(always)]
            fn smear(self) -> Self {
                (self as $signed >> ($unsigned::BITS - 1)) as $unsigned
            }
        }
    };
}

key!(u8, i8);
key!(u16, i16);
key!(u32, i32);
key!(u64, i64);

/// How the bits of a number become a key and back. One formula without a branch serves all types, by its constants:
///
/// - of a negative float all bits but the sign are inverted (`magnitude`): the greater, the less;
/// - the highest bit is inverted where it is a sign (`sign`);
/// - what then comes first is NaN with a sign, before -Infinity. Counting from -Infinity on (`first`) puts these behind
///   all others, where NaN without a sign is already;
/// - descending order is the order of the inverted keys (`flip`).
#[derive(Clone, Copy, Debug)]
pub(super) struct Order<K> {
    magnitude: K,
    sign: K,
    first: K,
    flip: K,
}

impl<K: Key> Order<K> {
    /// The order of elements of this type, which must be of the size of the key.
    pub(super) fn of(element: Element, descending: bool) -> Self {
        // The bits of -Infinity without its sign: the exponent.
        let infinity = match element {
            Element::F16 => 0x7c00,
            Element::F32 => 0x7f80_0000,
            Element::F64 => 0x7ff0_0000_0000_0000,
            _ => 0,
        };
        let top = 1 << (K::BITS - 1);
        let is_float = infinity != 0;
        let is_signed = is_float || matches!(element, Element::I8 | Element::I16 | Element::I32 | Element::I64);
        Order {
            magnitude: K::from_u64(if is_float { top - 1 } else { 0 }),
            sign: K::from_u64(if is_signed { top } else { 0 }),
            first: K::from_u64(if is_float { top - 1 - infinity } else { 0 }),
            flip: if descending { K::MAX } else { K::from_u64(0) },
        }
    }

    #[inline(always)]
    pub(super) fn to_key(self, bits: K) -> K {
        bits.xor(bits.smear().and(self.magnitude)).xor(self.sign).wrapping_sub(self.first).xor(self.flip)
    }

    #[inline(always)]
    pub(super) fn to_number(self, key: K) -> K {
        let bits = key.xor(self.flip).wrapping_add(self.first).xor(self.sign);
        bits.xor(bits.smear().and(self.magnitude))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys<K: Key>(element: Element, sorted: &[K]) {
        let ascending = Order::of(element, false);
        let keys: Vec<_> = sorted.iter().map(|bits| ascending.to_key(*bits)).collect();
        assert!(keys.is_sorted(), "{element:?}");
        let descending = Order::of(element, true);
        for (bits, key) in sorted.iter().zip(keys) {
            assert!(ascending.to_number(key) == *bits);
            assert!(descending.to_key(*bits) == K::MAX.wrapping_sub(key));
            assert!(descending.to_number(descending.to_key(*bits)) == *bits);
        }
    }

    #[test]
    fn keys_have_the_order_of_the_numbers() {
        keys(Element::U8, &[0u8, 1, 127, 128, 255]);
        keys(Element::I16, &[i16::MIN, -2, -1, 0, 1, i16::MAX].map(|number| number as u16));
        keys(Element::U64, &[0, 1, 1 << 63, u64::MAX]);
        keys(Element::I64, &[i64::MIN, -1, 0, 1, i64::MAX].map(|number| number as u64));
        let floats = [f32::NEG_INFINITY, f32::MIN, -1.0, -f32::MIN_POSITIVE, -1e-45, -0.0, 0.0, 1e-45, 1.0, f32::MAX];
        let mut bits = floats.map(f32::to_bits).to_vec();
        bits.extend([0x7f80_0000, 0x7f80_0001, 0x7fc0_0000, 0x7fff_ffff, 0xffff_ffff, 0xff80_0001]);
        keys(Element::F32, &bits);
        let mut bits = [f64::NEG_INFINITY, f64::MIN, -5e-324, -0.0, 0.0, 5e-324, f64::MAX].map(f64::to_bits).to_vec();
        bits.extend([f64::INFINITY.to_bits(), 0x7ff0_0000_0000_0001, u64::MAX, 0xfff0_0000_0000_0001]);
        keys(Element::F64, &bits);
        keys(Element::F16, &[0xfc00u16, 0x8001, 0x8000, 0, 1, 0x7bff, 0x7c00, 0x7c01, 0xffff, 0xfc01]);
    }
}
