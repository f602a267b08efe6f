//! How the tests of kernels on images call them.

use super::point::{Each, PIECE, Point, STRIDE};
use crate::error::Result;
use crate::kernels::testing::{self, Where, number};
use crate::kernels::{Argument, Done, Kernel, Shape};

pub(super) type Given = Vec<(String, Argument)>;

/// Bytes that look random and are the same each time.
pub(super) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 11) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// An image with everything that is special: opaque and transparent stretches, black, white, smooth and rough parts.
pub(super) fn picture(width: usize, height: usize) -> Vec<u8> {
    let mut bytes = noise(width * height * 4);
    for (place, pixel) in bytes.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let (x, y) = (place % width, place / width);
        match (x / 7 + y / 5) % 6 {
            0 => pixel[3] = 255,
            1 => pixel[3] = 0,
            2 => *pixel = [255, 255, 255, 255],
            3 => *pixel = [0, 0, 0, 255],
            4 => *pixel = [(x * 3) as u8, (y * 5) as u8, (x + y) as u8, 255],
            _ => {}
        }
    }
    bytes
}

/// The parameters of an image of this size, and others.
pub(super) fn sized(width: usize, height: usize, others: Given) -> Given {
    let mut given = vec![number("width", width as f64), number("height", height as f64)];
    given.extend(others);
    given
}

/// Calls a kernel on an image.
pub(super) fn call(
    name: &str,
    (width, height): (usize, usize),
    others: Given,
    bytes: &mut [u8],
    place: Where,
) -> Result<Done> {
    testing::call_as(name, sized(width, height, others), Shape::bytes(bytes.len()), bytes, place)
}

/// Compares a kernel on single pixels with what it should be exactly: on every path, at sizes around each width, at any
/// address.
pub(super) fn check_point<P: Point>(others: Given, exact: impl Fn([f64; 4]) -> [f64; 4]) {
    let check = |before: &[u8], after: &[u8], what: &str| {
        let pairs = before.as_chunks::<4>().0.iter().zip(after.as_chunks::<4>().0);
        for (before, after) in pairs {
            let exact = exact(before.map(f64::from));
            for (after, exact) in after.iter().zip(exact) {
                assert!((f64::from(*after) - exact).abs() <= 0.51, "{what}: {before:?}: {after}, {exact} expected");
            }
        }
    };

    let name = Each::<P>::NAME;
    for (width, height) in [(1, 1), (2, 1), (3, 1), (1, 7), (8, 1), (3, 3), (5, 3), (16, 1), (33, 1), (51, 63)] {
        let before = noise(width * height * 4 + 1);
        for offset in [0, 1] {
            let before = &before[offset..][..width * height * 4];
            let mut after = before.to_vec();
            call(name, (width, height), others.clone(), &mut after, Where::Here).unwrap();
            check(before, &after, name);
        }
    }

    // Around what a thread takes at a time, and over several steps.
    for pixels in [PIECE - 1, PIECE, PIECE + 1, STRIDE - 1, STRIDE, STRIDE + 1, 5 * STRIDE + 7] {
        let (width, height) = (pixels.div_ceil(7), 7);
        let before = noise(width * height * 4);
        let (mut here, mut there) = (before.clone(), before.clone());
        call(name, (width, height), others.clone(), &mut here, Where::Here).unwrap();
        let done = call(name, (width, height), others.clone(), &mut there, Where::Threads).unwrap();
        assert!(here == there, "{name}: both leave the same");
        assert_eq!((done.output, done.written), (None, None), "{name}: in place");
        let last = before.len() - 400;
        check(&before[last..], &here[last..], name);
        // What is written with the instructions that all processors have.
        let point = P::plan(&crate::kernels::Arguments::check(name, P::PARAMETERS, others.clone()).unwrap()).unwrap();
        let mut plain = before;
        point.change(plain.as_chunks_mut().0);
        assert!(plain == here, "{name}: with and without wide instructions");
    }
}
