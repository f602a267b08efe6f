//! The kernels without Node: one or two of each family, on this thread and on the kernel threads.
//! `cargo bench --no-default-features --bench kernels`; `ROCKPOOL_KERNEL_THREADS` sets how many threads there are.
//!
//! The bytes are worked on again and again as the call before has left them, in memory that is warm. So what is sorted is
//! sorted already, and what is encrypted was encrypted before: where that matters (`sort`) the input is made anew outside
//! of the timed part.

use criterion::{BatchSize, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use rockpool::kernels::runtime::executor;
use rockpool::kernels::{Argument, Call, Element, Finished, KernelChain, LentBytes, Observer, Output, Priority, Shape};
use std::hint::black_box;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

/// A call that can be made over and over.
struct Case {
    chain: KernelChain,
    shape: Shape,
    input: Vec<u64>,
    /// Memory for a kernel that writes elsewhere.
    out: Option<Vec<u64>>,
}

/// Where a call runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Here,
    Threads,
}

struct Tell(Sender<Finished>);

impl Observer for Tell {
    fn progress(&mut self, _: u64, _: u64) {}
    fn finish(self: Box<Self>, finished: Finished) {
        // Whoever does not wait for the end any more has seen the benchmark fail.
        let _ = self.0.send(finished);
    }
}

impl Case {
    fn new(name: &str, given: &[(&str, Argument)], element: Element, input: Vec<u64>, out: Option<usize>) -> Self {
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let count = input.len() * 8 / element.size();
        Case {
            chain: KernelChain::new(vec![(name.to_owned(), given)]).expect("the parameters are right"),
            shape: Shape::elements(element, count).expect("a few MiB"),
            input,
            out: out.map(|length| vec![0; length.div_ceil(8)]),
        }
    }

    fn run(&mut self, place: Place) {
        let out_length = self.out.as_ref().map(|out| out.len() * 8);
        let plan = self.chain.plan(&[self.shape], out_length).expect("the input is right");
        // SAFETY: the memory is borrowed exclusively until the call is over, which both branches below wait for.
        let lend = |memory: &mut Vec<u64>| unsafe { LentBytes::new(memory.as_mut_ptr().cast(), memory.len() * 8) };
        let (inputs, out) = (vec![lend(&mut self.input)], self.out.as_mut().map(lend));
        let finished = match place {
            Place::Here => Call::run_here(plan, inputs, out.map(Output::lent)),
            Place::Threads => {
                let (sender, receiver) = channel();
                executor::submit(plan, inputs, out, Priority::Default, Box::new(Tell(sender)))
                    .expect("there are threads");
                receiver.recv().expect("a call tells how it ended")
            }
        };
        black_box(finished.result.expect("the kernel succeeds"));
    }
}

/// Bytes that look like chance: xorshift.
fn noise(bytes: usize) -> Vec<u64> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    std::iter::repeat_with(next).take(bytes / 8).collect()
}

/// Floats from 1 to 2: noise where each has the exponent of 1.
fn floats(count: usize) -> Vec<u64> {
    noise(count * 4).iter().map(|bits| bits & 0x007F_FFFF_007F_FFFF | 0x3F80_0000_3F80_0000).collect()
}

/// Text of a kind: words of a small vocabulary in no order.
fn text(bytes: usize) -> Vec<u64> {
    let words = ["kernel ", "thread ", "return ", "const ", "result ", "= await ", "(bytes, ", "{ value }\n"];
    let mut all = Vec::with_capacity(bytes + 16);
    for bits in noise(bytes * 2) {
        if all.len() >= bytes {
            break;
        }
        all.extend_from_slice(words[(bits % 8) as usize].as_bytes());
        all.extend_from_slice(&bits.to_be_bytes().map(|byte| b'a' + byte % 26)[..(bits >> 60 & 3) as usize]);
    }
    all[..bytes].chunks_exact(8).map(|eight| u64::from_ne_bytes(eight.try_into().expect("eight bytes"))).collect()
}

fn number(value: usize) -> Argument {
    Argument::Number(value as f64)
}

/// Measures a call in both places.
fn measure(criterion: &mut Criterion, name: &str, mut call: Case) {
    let mut group = group(criterion, name, &call);
    for (place, label) in places() {
        group.bench_function(label, |bencher| bencher.iter(|| call.run(place)));
    }
    group.finish();
}

type Group<'a> = criterion::BenchmarkGroup<'a, criterion::measurement::WallTime>;

fn group<'a>(criterion: &'a mut Criterion, name: &str, call: &Case) -> Group<'a> {
    let mut group = criterion.benchmark_group(name);
    // As many iterations in each sample: those of some milliseconds would else take minutes.
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Bytes(call.input.len() as u64 * 8));
    group
}

fn places() -> [(Place, BenchmarkId); 2] {
    let size = executor::size().expect("a number of threads");
    [(Place::Here, BenchmarkId::from_parameter("here")), (Place::Threads, BenchmarkId::new("threads", size))]
}

const MIB: usize = 1 << 20;

fn bytes(criterion: &mut Criterion) {
    for length in [64 << 10, 16 * MIB] {
        let name = format!("blake3/{} KiB", length >> 10);
        measure(criterion, &name, Case::new("blake3", &[], Element::Untyped, noise(length), None));
    }
    let key = Argument::Bytes(vec![1; 32]);
    let nonce = Argument::Bytes(vec![2; 7]);
    let algorithm = Argument::Text("aes-256-gcm".to_owned());
    let given = [("algorithm", algorithm), ("key", key), ("nonce", nonce), ("segment", number(65_536))];
    // A chain that seals is good for one call, so each call has its own.
    let mut bytes = Case::new("aead.seal", &given, Element::Untyped, noise(16 * MIB), None);
    let mut sealing = group(criterion, "aead.seal/16 MiB in segments", &bytes);
    for (place, label) in places() {
        sealing.bench_function(label, |bencher| {
            bencher.iter(|| {
                bytes = Case::new("aead.seal", &given, Element::Untyped, std::mem::take(&mut bytes.input), None);
                bytes.run(place);
            });
        });
    }
    sealing.finish();
    measure(criterion, "histogram/16 MiB", Case::new("histogram", &[], Element::Untyped, noise(16 * MIB), None));
}

fn compression(criterion: &mut Criterion) {
    for (name, level) in [("gzip.compress", 6), ("zstd.compress", 3)] {
        let call = Case::new(name, &[("level", number(level))], Element::Untyped, text(8 * MIB), Some(16 * MIB));
        measure(criterion, &format!("{name}/8 MiB of text"), call);
    }
}

fn images(criterion: &mut Criterion) {
    let (width, height) = (1920, 1080);
    let size = [("width", number(width)), ("height", number(height))];
    let image = || noise(width * height * 4);
    let small = [&size[..], &[("toWidth", number(480)), ("toHeight", number(270))]].concat();
    let resize = Case::new("image.resize", &small, Element::Untyped, image(), Some(480 * 270 * 4));
    measure(criterion, "image.resize/1080p to 480 × 270", resize);
    let soft = [&size[..], &[("sigma", number(5))]].concat();
    measure(criterion, "image.blur/1080p", Case::new("image.blur", &soft, Element::Untyped, image(), None));
    measure(criterion, "image.grayscale/1080p", Case::new("image.grayscale", &size, Element::Untyped, image(), None));
}

fn numbers(criterion: &mut Criterion) {
    let query = Argument::Floats(Arc::new((0..384).map(|at| at as f32).collect()));
    let nearest = [("dimensions", number(384)), ("query", query), ("k", number(10))];
    let call = Case::new("vector.topk", &nearest, Element::F32, floats(10_000 * 384), None);
    measure(criterion, "vector.topk/10,000 × 384", call);

    let other = Argument::Floats(Arc::new((0..512 * 512).map(|at| (at % 7) as f32).collect()));
    let square = [("m", number(512)), ("k", number(512)), ("n", number(512)), ("other", other)];
    let call = Case::new("matrix.multiply", &square, Element::F32, floats(512 * 512), Some(512 * 512 * 4));
    measure(criterion, "matrix.multiply/512³", call);

    let unsorted = noise(4 * MIB);
    let mut call = Case::new("sort", &[], Element::U32, unsorted.clone(), None);
    let mut sorting = group(criterion, "sort/1 Mi u32", &call);
    for (place, label) in places() {
        sorting.bench_function(label, |bencher| {
            bencher.iter_batched(
                || unsorted.clone(),
                |input| {
                    call.input = input;
                    call.run(place);
                    std::mem::take(&mut call.input)
                },
                BatchSize::LargeInput,
            );
        });
    }
    sorting.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = bytes, compression, images, numbers
}
criterion_main!(benches);
