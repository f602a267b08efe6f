//! The reference is the standard library's sort by comparison.

use super::*;
use crate::kernels::testing::{Where, call_as};
use crate::kernels::{Argument, Plan};
use bytemuck::Pod;
use std::cmp::Ordering;

/// Generated bits, the same at every run.
fn generator() -> impl FnMut() -> u64 {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}

fn sorted<T: Pod>(element: Element, numbers: &[T], descending: bool, place: Where) -> Vec<T> {
    let mut numbers = numbers.to_vec();
    let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut numbers);
    let shape = Shape { element, ..Shape::bytes(bytes.len()) };
    let given = vec![("descending".to_owned(), Argument::Flag(descending))];
    call_as("sort", given, shape, bytes, place).unwrap();
    numbers
}

/// Compares the bits, so that NaN and -0 are told apart.
fn check<T: Pod>(element: Element, numbers: &[T], order: fn(&T, &T) -> Ordering) {
    let bits = |numbers: &[T]| bytemuck::cast_slice::<T, u8>(numbers).to_vec();
    let mut expected = numbers.to_vec();
    expected.sort_by(order);
    for place in [Where::Here, Where::Threads] {
        let got = sorted(element, numbers, false, place);
        assert!(bits(&got) == bits(&expected), "{element:?}: {} elements, {place:?}", numbers.len());
    }
    expected.reverse();
    let got = sorted(element, numbers, true, Where::Threads);
    assert!(bits(&got) == bits(&expected), "{element:?}: {} elements, descending", numbers.len());
}

/// NaN last, and those with a sign behind the others.
fn float_order(a: &f32, b: &f32) -> Ordering {
    (a.is_nan(), a.is_nan() && a.is_sign_negative())
        .cmp(&(b.is_nan(), b.is_nan() && b.is_sign_negative()))
        .then(a.total_cmp(b))
}

fn double_order(a: &f64, b: &f64) -> Ordering {
    (a.is_nan(), a.is_nan() && a.is_sign_negative())
        .cmp(&(b.is_nan(), b.is_nan() && b.is_sign_negative()))
        .then(a.total_cmp(b))
}

#[test]
fn every_type_is_sorted_at_sizes_around_every_threshold() {
    let mut next = generator();
    let large = (256 << 10) + 1;
    for length in [0, 1, 2, 3, 255, 511, 512, 513, 4096, large - 2, large - 1, large, 600_000] {
        let bits: Vec<u64> = (0..length).map(|_| next()).collect();
        check(Element::U64, &bits, u64::cmp);
        check(Element::U32, &bits.iter().map(|bits| *bits as u32).collect::<Vec<_>>(), u32::cmp);
        check(Element::F32, &bits.iter().map(|bits| f32::from_bits(*bits as u32)).collect::<Vec<_>>(), float_order);
        check(Element::U8, &bits.iter().map(|bits| *bits as u8).collect::<Vec<_>>(), u8::cmp);
        check(Element::I16, &bits.iter().map(|bits| *bits as i16).collect::<Vec<_>>(), i16::cmp);
        if length <= 4096 {
            check(Element::I64, &bits.iter().map(|bits| *bits as i64).collect::<Vec<_>>(), i64::cmp);
            check(Element::I32, &bits.iter().map(|bits| *bits as i32).collect::<Vec<_>>(), i32::cmp);
            check(Element::F64, &bits.iter().map(|bits| f64::from_bits(*bits)).collect::<Vec<_>>(), double_order);
            check(Element::I8, &bits.iter().map(|bits| *bits as i8).collect::<Vec<_>>(), i8::cmp);
            check(Element::U16, &bits.iter().map(|bits| *bits as u16).collect::<Vec<_>>(), u16::cmp);
        }
    }
}

#[test]
fn numbers_that_are_spread_badly_are_sorted() {
    let mut next = generator();
    let length = 300_000;
    let mut of = |make: &dyn Fn(usize, u64) -> f64| -> Vec<f64> { (0..length).map(|at| make(at, next())).collect() };
    let cases = [
        of(&|_, _| 7.25),
        of(&|at, _| at as f64),
        of(&|at, _| -(at as f64)),
        of(&|_, bits| (bits % 3) as f64 - 1.0),
        // One value far from the others, and nearly all of these in one part.
        of(&|at, bits| if at == 0 { f64::MAX } else { (bits >> 40) as f64 }),
        of(&|_, bits| if bits % 10 == 0 { f64::from_bits(bits) } else { (bits % 5) as f64 }),
        of(&|_, bits| if bits % 2 == 0 { f64::NAN } else { -0.0 }),
        of(&|_, bits| (bits >> 11) as f64 / (1u64 << 53) as f64),
    ];
    for doubles in cases {
        check(Element::F64, &doubles, double_order);
        check(Element::F32, &doubles.iter().map(|number| *number as f32).collect::<Vec<_>>(), float_order);
        check(Element::I32, &doubles.iter().map(|number| *number as i32).collect::<Vec<_>>(), i32::cmp);
    }
}

#[test]
fn counting_goes_over_several_steps() {
    let mut next = generator();
    let bytes: Vec<u8> = (0..2_100_001).map(|_| (next() % 7) as u8 * 40).collect();
    check(Element::U8, &bytes, u8::cmp);
    let halves: Vec<i16> = (0..2_100_000).map(|at| if at % 5 == 0 { next() as i16 } else { 12 }).collect();
    check(Element::I16, &halves, i16::cmp);
}

#[test]
fn bytes_of_no_type_are_refused_and_so_are_numbers_that_lie_badly() {
    let error = Plan::of("sort", vec![], Shape::bytes(8)).unwrap_err();
    assert_eq!(error.code, ErrorCode::KernelInput);
    let mut numbers = [3u32, 2, 1];
    let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut numbers);
    let shape = Shape::elements(Element::U32, 2).unwrap();
    let error = call_as("sort", vec![], shape, &mut bytes[1..9], Where::Here).unwrap_err();
    assert_eq!(error.code, ErrorCode::KernelInput);
    assert_eq!(numbers, [3, 2, 1]);
}
