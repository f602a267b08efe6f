//! The product of two matrices of 32-bit floats, on one thread.

/// A matrix, row by row.
#[derive(Clone, Copy, Debug)]
pub(in crate::kernels) struct Matrix<'a> {
    pub(in crate::kernels) numbers: &'a [f32],
    pub(in crate::kernels) rows: usize,
    pub(in crate::kernels) columns: usize,
    /// From the beginning of a row to that of the next.
    pub(in crate::kernels) stride: usize,
}

/// The right factor of a product: a matrix, or one with its rows as columns.
#[derive(Clone, Copy, Debug)]
pub(in crate::kernels) struct Right<'a> {
    matrix: Matrix<'a>,
    transposed: bool,
}

impl<'a> Matrix<'a> {
    pub(in crate::kernels) fn transposed(self) -> Right<'a> {
        Right { matrix: self, transposed: true }
    }

    pub(in crate::kernels) fn as_right(self) -> Right<'a> {
        Right { matrix: self, transposed: false }
    }

    fn check(&self) {
        assert!(reaches(self.rows, self.columns, self.stride) <= self.numbers.len(), "a matrix has all of its numbers");
    }
}

/// How many numbers there must be for so many rows.
fn reaches(rows: usize, columns: usize, stride: usize) -> usize {
    if rows == 0 || columns == 0 { 0 } else { (rows - 1) * stride + columns }
}

/// Writes the product to `to`, whose rows begin `stride` numbers after each other, or adds it to what is there.
pub(in crate::kernels) fn multiply(left: Matrix<'_>, right: Right<'_>, add: bool, to: &mut [f32], stride: usize) {
    let (inner, columns) = match right {
        Right { matrix, transposed: true } => (matrix.columns, matrix.rows),
        Right { matrix, transposed: false } => (matrix.rows, matrix.columns),
    };
    assert_eq!(left.columns, inner, "the factors suit each other");
    assert!(columns <= stride && reaches(left.rows, columns, stride) <= to.len(), "the product has room");
    left.check();
    right.matrix.check();
    let right_stride = right.matrix.stride as isize;
    let (right_rows, right_columns) = if right.transposed { (1, right_stride) } else { (right_stride, 1) };
    let beta = if add { 1.0 } else { 0.0 };
    // SAFETY: the slices live during the call, and `check` and the assertion above have seen that the last number of
    // each matrix, by its rows, columns and stride, lies inside of its slice. The rows of `to` do not overlap, since the
    // stride is no less than a row. No stride is beyond an isize: there are slices that long.
    unsafe {
        matrixmultiply::sgemm(
            left.rows,
            inner,
            columns,
            1.0,
            left.numbers.as_ptr(),
            left.stride as isize,
            1,
            right.matrix.numbers.as_ptr(),
            right_rows,
            right_columns,
            beta,
            to.as_mut_ptr(),
            stride as isize,
            1,
        );
    }
}
