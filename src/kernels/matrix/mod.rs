//! Matrices of 32-bit floats.

pub(in crate::kernels) mod product;

use crate::error::{Error, ErrorCode, Result};
use crate::kernels::runtime::arguments::{Arguments, Parameter, ParameterKind};
use crate::kernels::runtime::kernel::{Context, Kernel, Step, Value};
use crate::kernels::runtime::memory::{InputOutput, Produces, numbers, numbers_mut};
use crate::kernels::runtime::shape::{Element, Shape};
use product::{Matrix, multiply};
use rayon::prelude::*;
use std::sync::Arc;

/// Multiplications of a thread's part of a step: some 2 to 5 ms.
const PRODUCTS: usize = 96 << 20;

/// Rows of a thread's part of a step, at most. The library brings both factors into an order of its own first, for each
/// call; the larger the parts, the less that costs.
const ROWS: usize = 512;

/// Columns of the left factor of a part, at most; more where there are few rows and columns.
const INNER: usize = 1024;

/// Columns of a part, at least.
const COLUMNS: usize = 64;

/// A part of fewer rows, or of a smaller inner size, takes as long as one of so many: then it is not multiplying that
/// costs, but reading the right factor and writing the product.
const LEAST_ROWS: usize = 32;
const LEAST_INNER: usize = 64;

/// Numbers of the product in the rows of a part, at most, where the inner size is as small as that: what is written for
/// the first time costs page faults, whole huge pages of them, however few of a row's columns it is.
const WRITTEN: usize = 1 << 19;

/// See [`Kernel::SUMMARY`].
pub struct Multiply {
    rows: usize,
    inner: usize,
    columns: usize,
    other: Arc<Vec<f32>>,
    /// Where the next part begins.
    next: Corner,
    /// Multiplications behind it.
    done: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Corner {
    row: usize,
    column: usize,
    inner: usize,
}

const fn size(name: &'static str, summary: &'static str) -> Parameter {
    Parameter::required(name, ParameterKind::Integer { min: 1, max: 1 << 31 }, summary)
}

impl Kernel for Multiply {
    const NAME: &'static str = "matrix.multiply";
    const SUMMARY: &'static str = "multiplies two matrices of 32-bit floats";
    const UNIT: &'static str = "multiplications";
    const PARAMETERS: &'static [Parameter] = &[
        size("m", "Rows of the input and of the product."),
        size("k", "Columns of the input, rows of `other`."),
        size("n", "Columns of `other` and of the product."),
        Parameter::required(
            "other",
            ParameterKind::Floats { min: 1, max: 1 << 28 },
            "The right factor, `k` rows of `n` numbers. Copied: make the smaller matrix the right factor where there is a choice.",
        ),
    ];
    type Memory = Produces;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
        let count = input.count(Self::NAME, Element::F32)?;
        // In range: the parameters are declared as at least 1.
        let [rows, inner, columns] = ["m", "k", "n"].map(|name| arguments.integer(name).unwrap_or(1) as usize);
        if rows.checked_mul(inner) != Some(count) {
            let message = format!("matrix.multiply: the input must be m × k = {rows} × {inner} numbers, got {count}");
            return Err(Error::new(ErrorCode::KernelRange, message));
        }
        // Required, so it is there.
        let other = arguments.floats("other").cloned().unwrap_or_default();
        if inner.checked_mul(columns) != Some(other.len()) {
            let given = other.len();
            let message = format!("matrix.multiply: other must be k × n = {inner} × {columns} numbers, got {given}");
            return Err(Error::new(ErrorCode::KernelRange, message));
        }
        if rows.checked_mul(columns).and_then(|count| Shape::elements(Element::F32, count)).is_none() {
            let message = format!("matrix.multiply: no memory holds m × n = {rows} × {columns} numbers");
            return Err(Error::new(ErrorCode::KernelRange, message));
        }
        Ok(Multiply { rows, inner, columns, other, next: Corner::default(), done: 0 })
    }

    fn output_shape(&self, _: &Shape) -> Shape {
        Shape { element: Element::F32, ..Shape::bytes(self.rows * self.columns * size_of::<f32>()) }
    }

    fn work(&self) -> u64 {
        (self.rows as u64).saturating_mul(self.inner as u64).saturating_mul(self.columns as u64)
    }

    fn step(&mut self, memory: InputOutput<'_>, context: &Context<'_>) -> Result<Step> {
        let InputOutput { input, output } = memory;
        let left = numbers::<f32>(input)?;
        let bytes = output.exactly(self.rows * self.columns * size_of::<f32>())?;
        let to = numbers_mut::<f32>(bytes)?;

        // A band of rows for each thread, some columns of these, and a part of the sums.
        let threads = if context.parallel() { rayon::current_num_threads() } else { 1 };
        let Corner { row, column, inner } = self.next;
        let most = if self.inner < LEAST_INNER { (WRITTEN / self.columns).clamp(1, ROWS) } else { ROWS };
        let band = self.rows.div_ceil(threads).clamp(1, most);
        let rows = (threads * band).min(self.rows - row);
        // The same for all parts of a sum: neither depends on where in it the step is.
        let costly = band.max(LEAST_ROWS);
        let columns = PRODUCTS / (costly * self.inner.clamp(LEAST_INNER, INNER));
        let columns = columns.max(COLUMNS).min(self.columns - column);
        let depth = (PRODUCTS / (costly * columns.max(COLUMNS))).max(INNER).min(self.inner - inner);

        let right = Matrix {
            numbers: &self.other[inner * self.columns + column..],
            rows: depth,
            columns,
            stride: self.columns,
        };
        let multiply_band = |(left, to): (&[f32], &mut [f32])| {
            let rows = left.len() / self.inner;
            let left = Matrix { numbers: &left[inner..], rows, columns: depth, stride: self.inner };
            multiply(left, right.as_right(), inner > 0, &mut to[column..], self.columns);
        };
        let left = &left[row * self.inner..][..rows * self.inner];
        let to = &mut to[row * self.columns..][..rows * self.columns];
        if threads > 1 && rows * columns * depth > PRODUCTS / 64 {
            left.par_chunks(band * self.inner).zip(to.par_chunks_mut(band * self.columns)).for_each(multiply_band);
        } else {
            left.chunks(band * self.inner).zip(to.chunks_mut(band * self.columns)).for_each(multiply_band);
        }

        self.done += (rows * columns * depth) as u64;
        // On to the rest of the sums, then to the next columns, then to the next rows.
        self.next.inner += depth;
        if self.next.inner == self.inner {
            self.next = Corner { row, column: column + columns, inner: 0 };
        }
        if self.next.column == self.columns {
            self.next = Corner { row: row + rows, column: 0, inner: 0 };
        }
        Ok(if self.next.row < self.rows { Step::More { done: self.done } } else { Step::Done(Value::None) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{Where, number, run};
    use crate::kernels::{Argument, Plan};

    fn given(m: usize, k: usize, n: usize, other: &[f32]) -> Vec<(String, Argument)> {
        let sizes = [("m", m), ("k", k), ("n", n)].map(|(name, size)| number(name, size as f64));
        sizes.into_iter().chain([("other".to_owned(), Argument::Floats(Arc::new(other.to_vec())))]).collect()
    }

    /// Whole numbers, small enough for every sum to be exact in whatever order it is made.
    fn whole(length: usize, seed: usize) -> Vec<f32> {
        (0..length).map(|at| ((at * 7919 + seed * 104_729 + at / 13) % 17) as f32 - 8.0).collect()
    }

    fn reference(m: usize, k: usize, n: usize, a: &[f32], b: &[f32]) -> Vec<f32> {
        let mut product = vec![0.0; m * n];
        for row in 0..m {
            for inner in 0..k {
                for column in 0..n {
                    product[row * n + column] += a[row * k + inner] * b[inner * n + column];
                }
            }
        }
        product
    }

    fn product(m: usize, k: usize, n: usize, place: Where, lent: bool) {
        let (mut a, b) = (whole(m * k, 1), whole(k * n, 2));
        let expected = reference(m, k, n, &a, &b);
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut a);
        let shape = Shape { element: Element::F32, ..Shape::bytes(bytes.len()) };
        // What lies in a lent buffer does not get into the sums.
        let mut out = vec![f32::NAN; m * n + 1];
        let steps = vec![("matrix.multiply".to_owned(), given(m, k, n, &b))];
        let out_bytes = lent.then(|| bytemuck::cast_slice_mut(&mut out));
        let done = run(steps, shape, bytes, out_bytes, place).unwrap();
        assert_eq!((done.written, done.element), (Some(m * n * 4), Element::F32));
        match done.output {
            Some(own) => assert!(own == bytemuck::cast_slice::<f32, u8>(&expected), "{m}×{k}×{n} {place:?}"),
            None => assert!(out[..m * n] == expected, "{m}×{k}×{n} {place:?} in a lent buffer"),
        }
    }

    #[test]
    fn products_of_every_shape() {
        for (m, k, n) in [(1, 1, 1), (1, 1000, 1), (1000, 1, 3), (3, 5, 7), (8, 8, 8), (17, 33, 65), (1, 2049, 70)] {
            for place in [Where::Here, Where::Threads] {
                product(m, k, n, place, false);
                product(m, k, n, place, true);
            }
        }
    }

    /// Larger than a part in each direction: more than 512 rows, sums of more than 1024, and more columns than
    /// a part of so many rows and sums has.
    #[test]
    fn products_of_several_steps() {
        product(600, 1030, 200, Where::Here, false);
        product(600, 1030, 200, Where::Threads, true);
        // Few rows, a small inner size, or both factors narrow: more columns, or longer sums, than above.
        for place in [Where::Here, Where::Threads] {
            product(40, 3, 60_000, place, false);
            product(2, 120_000, 3, place, true);
        }
    }

    #[test]
    fn sizes_must_suit_the_numbers() {
        let plan = |m, k, n, other: usize, length| {
            let given = given(m, k, n, &vec![0.0; other]);
            Plan::of("matrix.multiply", given, Shape::bytes(length)).unwrap_err()
        };
        assert_eq!(plan(2, 3, 4, 12, 20).code, ErrorCode::KernelRange);
        let error = plan(2, 3, 4, 11, 24);
        assert_eq!(error.code, ErrorCode::KernelRange);
        assert!(error.message.contains("3 × 4") && error.message.contains("11"), "{error}");
        assert_eq!(plan(0, 3, 4, 12, 0).code, ErrorCode::KernelRange);
        assert_eq!(plan(1 << 31, 1 << 31, 1, 1, 4).code, ErrorCode::KernelRange);
    }
}
