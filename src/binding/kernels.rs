//! Kernels for JavaScript: lends the bytes of a typed array to a kernel, and tells the environment how it went.
//!
//! Each environment (the main thread, every Worker) has a [`NativeKernels`] of its own:
//!
//! - `Local` belongs to the environment's thread alone: what it has lent, and the references that keep it alive.
//! - `Shared` (in `mailbox`) is where kernel threads leave what has happened. They ring the *doorbell* (a threadsafe
//!   function) when it is not ringing already. JavaScript then takes one event after the other, and what could not be told
//!   stays. The doorbell keeps the event loop alive while kernels are in flight, and only then.
//!
//! **No kernel thread touches an environment's memory after the environment.** The cleanup hook takes the doorbell
//! away, cancels this environment's kernels and waits until the last of them has given its bytes back and counted itself
//! out, which is the last that a kernel thread does with an environment. The wait is short: a kernel's cancellation is
//! noticed after a few milliseconds. `src/kernels/README.md` has the whole argument.

mod convert;
mod list;
mod local;
mod mailbox;

use crate::error::{Error, ErrorCode};
use crate::kernels::runtime::{executor, output};
use crate::kernels::{KernelChain, Priority, Shape};
use convert::{arguments, bytes_of, shape};
use local::Local;
use napi::bindgen_prelude::{
    Either, Env, Float64Array, Function, JsValue, ObjectFinalize, Uint8Array, Unknown,
    retain_current_module_for_unload_safety,
};
use napi::sys;
use napi_derive::napi;
use std::rc::Rc;

/// What is wrong with a call, as JavaScript reads it: code, message, step and index (-1 for none). Not thrown, since an
/// error that napi throws has only the first two.
type Failure = Vec<Either<String, f64>>;

fn failure(error: &Error) -> Failure {
    let place = |place: Option<usize>| Either::B(place.map_or(-1.0, |place| place as f64));
    let (code, message) = (Either::A(error.code.as_str().to_owned()), Either::A(error.message.clone()));
    vec![code, message, place(error.step), place(error.index)]
}

fn must(status: sys::napi_status, what: &str) -> napi::Result<(), ErrorCode> {
    if status == sys::Status::napi_ok {
        return Ok(());
    }
    Err(napi::Error::new(ErrorCode::BadView, format!("{what} failed with status {status}")))
}

/// Adds to the bytes outside its heap that V8 knows of, and returns how many they are now.
#[napi(catch_unwind)]
pub fn adjust_external_memory(env: &Env, bytes: f64) -> napi::Result<f64> {
    Ok(env.adjust_external_memory(bytes as i64)? as f64)
}

/// Several kernels in a row, or one, with their parameters: found and checked once, planned for each call.
#[napi(custom_finalize)]
pub struct NativeKernelChain {
    chain: Result<KernelChain, Error>,
    /// Bytes that V8 was told of: it collects garbage by what it knows, and these may be many behind a small object.
    told: usize,
}

impl NativeKernelChain {
    fn tell(&mut self, env: &Env, bytes: usize) -> napi::Result<()> {
        let more = bytes as i64 - self.told as i64;
        self.told = bytes;
        env.adjust_external_memory(more).map(|_| ())
    }
}

impl ObjectFinalize for NativeKernelChain {
    fn finalize(mut self, env: Env) -> napi::Result<()> {
        self.tell(&env, 0)
    }
}

#[napi]
impl NativeKernelChain {
    /// Checks names and parameters (for each kernel a list of names and a list of values; bytes as Uint8Array, numbers
    /// as Float32Array). `failure` is what is wrong with them.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        env: &Env,
        names: Vec<String>,
        keys: Vec<Vec<String>>,
        #[napi(ts_arg_type = "unknown[][]")] values: Vec<Vec<Unknown>>,
    ) -> napi::Result<Self, ErrorCode> {
        let mut named = Vec::with_capacity(names.len());
        for ((name, keys), values) in names.into_iter().zip(keys).zip(values) {
            named.push((name, arguments(env.raw(), keys, values)?));
        }
        let chain = KernelChain::new(named);
        let bytes = chain.as_ref().map_or(0, KernelChain::memory_of_parameters);
        let mut made = Self { chain, told: 0 };
        made.tell(env, bytes).map_err(|error| napi::Error::new(ErrorCode::BadView, error.reason.clone()))?;
        Ok(made)
    }

    /// Bytes of parameters that it holds copies of.
    #[napi(catch_unwind, getter)]
    pub fn memory(&self) -> f64 {
        self.told as f64
    }

    /// Whether it remembers that it was planned once, and must not be made anew.
    #[napi(catch_unwind, getter)]
    pub fn is_single_use(&self) -> bool {
        self.chain.as_ref().is_ok_and(KernelChain::is_single_use)
    }

    /// It was planned for the last time: frees what it holds, which a garbage collection would do much later.
    #[napi(catch_unwind)]
    pub fn release(&mut self, env: &Env) -> napi::Result<()> {
        self.chain = Err(Error::new(ErrorCode::BadView, "the chain was given up"));
        self.tell(env, 0)
    }

    /// Code, message, step and index (-1 for none) of what is wrong; nothing when all is well.
    #[napi(catch_unwind, getter, ts_return_type = "any[] | null")]
    pub fn failure(&self) -> Option<Failure> {
        self.chain.as_ref().err().map(failure)
    }
}

/// The kernels of one environment. Not for use by others than rockpool's own JavaScript.
#[napi]
pub struct NativeKernels {
    local: Rc<Local>,
}

#[napi]
impl NativeKernels {
    /// `on_ring` is called when there are events. `numbers` and `values` are where one is told, see
    /// `EventReport`: a Float64Array of six elements, and an array of four. `allocate` makes a Uint8Array of so many zeros, for the output of a call on this thread.
    /// `longest` is how many bytes a Uint8Array of this engine can have.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        env: &Env,
        #[napi(ts_arg_type = "() => void")] on_ring: Function<Unknown, ()>,
        #[napi(ts_arg_type = "Float64Array")] numbers: Unknown,
        #[napi(ts_arg_type = "any[]")] values: Unknown,
        #[napi(ts_arg_type = "(length: number) => Uint8Array")] allocate: Function<Unknown, ()>,
        longest: f64,
    ) -> napi::Result<Self, ErrorCode> {
        // Kernel threads run this image's code for as long as the process lives, and Node unloads an addon that was
        // loaded in Workers only with the last of them.
        retain_current_module_for_unload_safety();

        output::set_longest(longest as usize);
        Ok(Self { local: Local::connect(env.raw(), on_ring.raw(), [numbers.raw(), values.raw()], allocate.raw())? })
    }

    /// Checks a call of one kernel on one input: the kernel's name, its parameters (names and values in two lists of
    /// one length; bytes as Uint8Array, numbers as Float32Array) and how they suit an input of `byte_length` bytes of
    /// this type of element, and an output buffer of `out_length` bytes (-1 for none). Returns what is wrong: code,
    /// message, step and index (-1 for none); else nothing, and the next `start` or `run_here` carries it out.
    #[napi(catch_unwind, ts_return_type = "any[] | null")]
    pub fn plan(
        &self,
        name: String,
        keys: Vec<String>,
        #[napi(ts_arg_type = "unknown[]")] values: Vec<Unknown>,
        byte_length: f64,
        element: u8,
        out_length: f64,
    ) -> napi::Result<Option<Failure>, ErrorCode> {
        let chain = KernelChain::new(vec![(name, arguments(self.local.env, keys, values)?)]);
        self.keep(chain.as_ref(), &[shape(byte_length, element)?], out_length)
    }

    /// The same for a chain, on several inputs or one.
    #[napi(catch_unwind, ts_return_type = "any[] | null")]
    pub fn plan_chain(
        &self,
        chain: &NativeKernelChain,
        byte_lengths: Float64Array,
        elements: Uint8Array,
        out_length: f64,
    ) -> napi::Result<Option<Failure>, ErrorCode> {
        let shapes = byte_lengths.iter().zip(elements.iter()).map(|(length, element)| shape(*length, *element));
        let shapes: Vec<Shape> = shapes.collect::<Result<_, _>>()?;
        self.keep(chain.chain.as_ref(), &shapes, out_length)
    }

    /// Starts the planned call on the memory of a Uint8Array or a DataView, which must be private to the caller, as must
    /// be that of `out`; returns its id. `priority` is a place in
    /// `kernel_priorities()`; without it the call has the default one.
    #[napi(catch_unwind)]
    pub fn start(
        &self,
        #[napi(ts_arg_type = "Uint8Array | DataView")] input: Unknown,
        #[napi(ts_arg_type = "Uint8Array | DataView | undefined")] out: Option<Unknown>,
        progress: bool,
        priority: Option<u8>,
    ) -> napi::Result<u32, ErrorCode> {
        self.local.start(&[input.raw()], false, out.map(|out| out.raw()), progress, priority_at(priority)?)
    }

    /// The same on several inputs.
    #[napi(catch_unwind)]
    pub fn start_many(
        &self,
        #[napi(ts_arg_type = "(Uint8Array | DataView)[]")] inputs: Vec<Unknown>,
        progress: bool,
        priority: Option<u8>,
    ) -> napi::Result<u32, ErrorCode> {
        let inputs: Vec<_> = inputs.iter().map(JsValue::raw).collect();
        self.local.start(&inputs, true, None, progress, priority_at(priority)?)
    }

    /// Carries the planned call out on this thread. The report then tells its end as that of any call.
    #[napi(catch_unwind)]
    pub fn run_here(
        &self,
        #[napi(ts_arg_type = "Uint8Array | DataView")] input: Unknown,
        #[napi(ts_arg_type = "Uint8Array | DataView | undefined")] out: Option<Unknown>,
    ) -> napi::Result<(), ErrorCode> {
        self.local.run_here(input.raw(), out.map(|out| out.raw()))
    }

    /// Whether JavaScript looks for events with `collect` by itself, instead of being told of them. Once it has stopped
    /// it has to look once more.
    #[napi(catch_unwind)]
    pub fn watch(&self, watched: bool) {
        self.local.watch(watched);
    }

    /// Tells the next event in the report. False where there is none.
    #[napi(catch_unwind)]
    pub fn collect(&self) -> napi::Result<bool> {
        self.local.collect()
    }

    /// Cancels a call. Its event comes all the same: as an abort, or with the result if it was done already.
    #[napi(catch_unwind)]
    pub fn cancel(&self, id: u32) {
        self.local.cancel(id);
    }

    fn keep(
        &self,
        chain: Result<&KernelChain, &Error>,
        inputs: &[Shape],
        out_length: f64,
    ) -> napi::Result<Option<Failure>, ErrorCode> {
        let out = (out_length >= 0.0).then_some(out_length as usize);
        match chain.map_err(Error::clone).and_then(|chain| chain.plan(inputs, out)) {
            Ok(plan) => {
                self.local.planned.replace(Some(plan));
                Ok(None)
            }
            Err(error) => Ok(Some(failure(&error))),
        }
    }
}

fn priority_at(place: Option<u8>) -> Result<Priority, Error> {
    let Some(place) = place else { return Ok(Priority::default()) };
    Priority::at(place as usize)
        .ok_or_else(|| Error::new(ErrorCode::BadView, format!("there is no priority number {place}")))
}

/// The names of the priorities, the most urgent first.
#[napi(catch_unwind)]
pub fn kernel_priorities() -> Vec<&'static str> {
    Priority::TABLE.iter().map(|(name, _)| *name).collect()
}

/// Sets the number of kernel threads of this process; an error once they run with another number.
#[napi(catch_unwind)]
pub fn configure_kernel_threads(size: u32) -> napi::Result<(), ErrorCode> {
    Ok(executor::configure(size as usize)?)
}

/// The number of kernel threads of this process: of those that run, else of those that would be started.
#[napi(catch_unwind)]
pub fn kernel_threads() -> napi::Result<u32, ErrorCode> {
    Ok(executor::size()? as u32)
}

/// The address of a Uint8Array's memory, for the tests that compare it.
#[napi(catch_unwind)]
pub fn address_of(
    env: &Env,
    #[napi(ts_arg_type = "Uint8Array | DataView")] array: Unknown,
) -> napi::Result<f64, ErrorCode> {
    bytes_of(env.raw(), array.raw()).map(|memory| memory.start.addr() as f64)
}
