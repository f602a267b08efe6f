//! How the tests of a kernel call it.

use super::{Argument, Call, Finished, LentBytes, Observer, Output, Priority};
use crate::error::Result;
use crate::kernels::runtime::batch::Done;
use crate::kernels::runtime::executor;
use crate::kernels::runtime::plan::{KernelChain, Named};
use crate::kernels::runtime::shape::Shape;
use std::sync::mpsc::{Sender, channel};

/// Tells a test how a call ended.
pub(super) struct Tell(pub(super) Sender<Finished>);

impl Observer for Tell {
    fn progress(&mut self, _: u64, _: u64) {}
    fn finish(self: Box<Self>, finished: Finished) {
        let _ = self.0.send(finished);
    }
}

/// A parameter that is a number.
pub(super) fn number(name: &str, value: f64) -> (String, Argument) {
    (name.to_owned(), Argument::Number(value))
}

/// A parameter that is a string.
pub(super) fn text(name: &str, value: &str) -> (String, Argument) {
    (name.to_owned(), Argument::Text(value.to_owned()))
}

/// Calls a kernel twice on the same bytes of no declared type: on this thread, and on the kernel threads. The first
/// call sees the bytes as they are given; the second one gets a copy of them, and `bytes` are what the first one left.
pub(super) fn call(name: &str, given: Vec<(String, Argument)>, bytes: &mut [u8]) -> [Result<Done>; 2] {
    let shape = Shape::bytes(bytes.len());
    let mut copy = bytes.to_vec();
    let here = call_as(name, given.clone(), shape, bytes, Where::Here);
    let there = call_as(name, given, shape, &mut copy, Where::Threads);
    if here.is_ok() {
        assert!(bytes == copy, "{name}: both leave the same in place");
    }
    [here, there]
}

/// Where a call runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    Here,
    Threads,
}

/// Calls a kernel on bytes of a shape.
pub(super) fn call_as(
    name: &str,
    given: Vec<(String, Argument)>,
    shape: Shape,
    bytes: &mut [u8],
    place: Where,
) -> Result<Done> {
    run(vec![(name.to_owned(), given)], shape, bytes, None, place)
}

/// Calls one kernel or a pipeline, with an output buffer or without. A call on this thread has memory prepared for what it
/// is expected to write, as that of the addon has.
pub(super) fn run(
    steps: Vec<Named>,
    shape: Shape,
    bytes: &mut [u8],
    out: Option<&mut [u8]>,
    place: Where,
) -> Result<Done> {
    let plan = KernelChain::new(steps)?.plan(&[shape], out.as_deref().map(<[u8]>::len))?;
    // SAFETY: both are borrowed exclusively until the call is over, which is awaited below.
    let lend = |bytes: &mut [u8]| unsafe { LentBytes::new(bytes.as_mut_ptr(), bytes.len()) };
    let (mut input, out) = (lend(bytes), out.map(lend));
    let mut prepared = None;
    let finished = match place {
        Where::Here => {
            if out.is_none() {
                prepared = plan.expects(&mut input).map(|length| vec![0; length]);
            }
            let output = out.map(Output::lent).or_else(|| prepared.as_mut().map(|zeros| Output::prepared(lend(zeros))));
            Call::run_here(plan, vec![input], output)
        }
        Where::Threads => {
            let (sender, receiver) = channel();
            executor::submit(plan, vec![input], out, Priority::Default, Box::new(Tell(sender)))?;
            receiver.recv().expect("a call tells how it ended")
        }
    };
    let mut done = finished.result?.remove(0);
    if let (None, Some(mut zeros), Some(written)) = (&done.output, prepared, done.written) {
        assert!(written <= zeros.len());
        zeros.truncate(written);
        done.output = Some(zeros);
    }
    Ok(done)
}
