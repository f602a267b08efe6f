//! How the targets call kernels: as the addon does, plan and call included, on this thread.

use rockpool::error::{ErrorCode, Result};
use rockpool::kernels::{Argument, Done, Shape, LentBytes, Output, Plan, KernelChain, Call};

/// A parameter that is a number.
pub fn number(name: &str, value: usize) -> (String, Argument) {
    (name.to_owned(), Argument::Number(value as f64))
}

/// Plans a call and carries it out, with an output buffer or without.
pub fn call(name: &str, given: Vec<(String, Argument)>, bytes: &mut [u8], out: Option<&mut [u8]>) -> Result<Done> {
    let chain = KernelChain::new(vec![(name.to_owned(), given)])?;
    let plan = chain.plan(&[Shape::bytes(bytes.len())], out.as_deref().map(<[u8]>::len))?;
    carry_out(plan, bytes, out)
}

/// Carries a planned call out.
pub fn carry_out(plan: Plan, bytes: &mut [u8], out: Option<&mut [u8]>) -> Result<Done> {
    // SAFETY: both are borrowed exclusively until the call is over, which is before this function returns.
    let lend = |bytes: &mut [u8]| unsafe { LentBytes::new(bytes.as_mut_ptr(), bytes.len()) };
    let (mut input, out) = (lend(bytes), out.map(lend));
    let mut prepared = match out {
        Some(_) => None,
        None => plan.expects(&mut input).map(|length| vec![0; length]),
    };
    let output = out.map(Output::lent).or_else(|| prepared.as_mut().map(|zeros| Output::prepared(lend(zeros))));
    let result = Call::run_here(plan, vec![input], output).result;
    if let Err(error) = &result {
        assert_ne!(error.code, ErrorCode::KernelPanic, "{error}");
    }
    result.map(|mut done| {
        let done = done.remove(0);
        Done { output: done.output.or(prepared), ..done }
    })
}

/// How a decompressor is called.
pub struct Way {
    /// The parameter `maxOutputLength`.
    pub most: usize,
    /// The length of the buffer that is lent for the output, if one is.
    pub out: Option<usize>,
}

/// Takes the way of a call off the beginning of what the fuzzer gives.
pub fn way(data: &[u8]) -> Option<(Way, &[u8])> {
    let (&[flags, low, high], rest) = data.split_first_chunk()?;
    let out = usize::from(u16::from_le_bytes([low, high]));
    // From a few bytes to 16 MiB.
    let most = 1 << (flags & 0x1f).clamp(3, 24);
    Some((Way { most, out: (flags & 0x80 != 0).then_some(out) }, rest))
}

/// Decompresses. None where the kernel reports an error.
pub fn decompress(name: &str, packed: &[u8], way: &Way) -> Option<Vec<u8>> {
    let given = vec![number("maxOutputLength", way.most)];
    let mut packed = packed.to_vec();
    let before = packed.clone();
    let mut out = way.out.map(|length| vec![0xaa; length]);
    let done = call(name, given, &mut packed, out.as_deref_mut());
    assert!(packed == before, "the input was written to");
    let done = done.ok()?;
    let written = done.written.expect("a kernel with an output says how long it is");
    let mut output = match out {
        Some(out) => {
            assert!(done.output.is_none());
            out
        }
        None => done.output.expect("without a lent buffer the output is the kernel's own"),
    };
    output.truncate(written);
    assert!(written <= way.most, "more than maxOutputLength");
    Some(output)
}
