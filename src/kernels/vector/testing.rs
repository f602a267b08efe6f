//! What the tests of these kernels share.

use crate::kernels::testing::call;
use crate::kernels::{Argument, Done};

/// Generated numbers between -1 and 1, the same at every run.
pub(super) fn floats(length: usize) -> Vec<f32> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..length).map(next).collect()
}

/// Calls a kernel on this thread and on the kernel threads, and sees that both answer the same. What lies in the memory
/// afterwards, and what came out.
pub(super) fn called(name: &str, given: Vec<(String, Argument)>, numbers: &[f32]) -> (Vec<f32>, Done) {
    let mut numbers = numbers.to_vec();
    let [here, there] = call(name, given, bytemuck::cast_slice_mut(&mut numbers)).map(|done| done.unwrap());
    // As text, in which NaN is like NaN.
    assert_eq!(format!("{here:?}"), format!("{there:?}"));
    (numbers, here)
}

/// What a kernel makes of numbers in place.
pub(super) fn changed(name: &str, given: Vec<(String, Argument)>, numbers: &[f32]) -> Vec<f32> {
    called(name, given, numbers).0
}

/// Whether all are as expected, up to an error relative to the number.
pub(super) fn close(got: &[f32], expected: &[f32], tolerance: f32) -> bool {
    let near = |(got, expected): (&f32, &f32)| (got - expected).abs() <= tolerance * expected.abs() + f32::MIN_POSITIVE;
    got.len() == expected.len() && got.iter().zip(expected).all(near)
}
