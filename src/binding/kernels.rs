//! Kernels for JavaScript: lends the bytes of a typed array to a kernel, and tells the environment how it went.
//!
//! Each environment (the main thread, every Worker) has a [`KernelHub`] of its own:
//!
//! - `Local` belongs to the environment's thread alone: what it has lent, and the references that keep it alive.
//! - `Shared` (in `mailbox`) is where kernel threads leave what has happened. They ring the *doorbell* (a threadsafe
//!   function) when it is not ringing already, and one ring delivers everything that lies there. The doorbell keeps the
//!   event loop alive while kernels are in flight, and only then.
//!
//! **No kernel thread touches an environment's memory after the environment.** The cleanup hook takes the doorbell
//! away, cancels this environment's kernels and waits until the last of them has given its bytes back and counted itself
//! out, which is the last that a kernel thread does with an environment. The wait is short: a kernel's cancellation is
//! noticed after a few milliseconds. `src/kernels/README.md` has the whole argument.

mod list;
mod mailbox;

use crate::error::{Error, ErrorCode};
use crate::kernels::{Argument, LentBytes, Plan, Task, Value, registry, threads};
use mailbox::{Doorbell, Event, Report, Shared};
use napi::bindgen_prelude::{
    Env, Function, JsValue, ToNapiValue, Uint8Array, Unknown, retain_current_module_for_unload_safety,
};
use napi::{ValueType, sys};
use napi_derive::napi;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;

/// What an event says, as the second of its [`FIELDS`] numbers and values.
mod kind {
    pub const DONE: u32 = 0;
    pub const FAILED: u32 = 1;
    pub const PROGRESS: u32 = 2;
}

/// Every event is this many elements of the array that the hub's callback is given: id, kind, then for `DONE` value
/// and output (each undefined where the kernel has none), for `FAILED` code and message, for `PROGRESS` done and total;
/// last the nanoseconds of waiting and running.
const FIELDS: u32 = 6;

fn coded(error: Error) -> napi::Error<ErrorCode> {
    napi::Error::new(error.code, error.message)
}

fn must(status: sys::napi_status, what: &str) -> napi::Result<(), ErrorCode> {
    if status == sys::Status::napi_ok {
        return Ok(());
    }
    Err(napi::Error::new(ErrorCode::BadView, format!("{what} failed with status {status}")))
}

/// A kernel that was started and has not been reported as finished.
struct InFlight {
    task: Arc<Task>,
    /// Keeps the typed array, and with it the memory, from the garbage collector.
    array: sys::napi_ref,
}

/// The environment's own side; never leaves its thread.
struct Local {
    env: sys::napi_env,
    shared: Arc<Shared>,
    doorbell: Cell<sys::napi_threadsafe_function>,
    planned: RefCell<Option<Plan>>,
    in_flight: RefCell<HashMap<u32, InFlight>>,
    last_id: Cell<u32>,
}

impl Local {
    fn new_id(&self) -> u32 {
        loop {
            let id = self.last_id.get().wrapping_add(1);
            self.last_id.set(id);
            if !self.in_flight.borrow().contains_key(&id) {
                return id;
            }
        }
    }

    fn start(&self, array: sys::napi_value, progress: bool) -> napi::Result<u32, ErrorCode> {
        let plan = self.planned.take();
        let plan = plan.ok_or_else(|| napi::Error::new(ErrorCode::BadView, "nothing is planned"))?;
        let (start, length) = bytes_of(self.env, array)?;
        if length != plan.length() {
            let message = format!("planned for {} bytes, started with {length}", plan.length());
            return Err(napi::Error::new(ErrorCode::BadView, message));
        }

        let mut reference = ptr::null_mut();
        // SAFETY: `array` is a live handle of this environment, on its thread.
        must(unsafe { sys::napi_create_reference(self.env, array, 1, &mut reference) }, "napi_create_reference")?;
        // SAFETY: the reference keeps the typed array and its memory alive until the event of the task's end has been
        // handled, on this thread; where the environment ends before that, its cleanup hook waits for the task first,
        // and V8 frees no memory before the hooks have run. The memory neither moves nor shrinks: JavaScript made the
        // ArrayBuffer private by detaching the caller's before it came here, so nobody else can detach, resize or
        // use it. (Of a SharedArrayBuffer, which cannot be detached, `LentBytes::new` says who answers for what.)
        let input = unsafe { LentBytes::new(start, length) };

        let id = self.new_id();
        let report = Report::new(&self.shared, id, progress);
        let task = match Task::submit(plan, input, Box::new(report)) {
            Ok(task) => task,
            Err(error) => {
                self.unpin(reference);
                return Err(coded(error));
            }
        };
        let mut in_flight = self.in_flight.borrow_mut();
        if in_flight.is_empty() {
            // SAFETY: on the environment's thread, with a handle that is released at the environment's end only.
            unsafe { sys::napi_ref_threadsafe_function(self.env, self.doorbell.get()) };
        }
        in_flight.insert(id, InFlight { task, array: reference });
        Ok(id)
    }

    fn unpin(&self, reference: sys::napi_ref) {
        // SAFETY: made in `start` for this environment, dropped once: whoever calls has taken it out of `in_flight`, or
        // it never was in there.
        unsafe { sys::napi_delete_reference(self.env, reference) };
    }

    /// Answers the doorbell: hands all events to JavaScript in one call.
    fn deliver(&self, callback: sys::napi_value) {
        let events = self.shared.take_events();
        if events.is_empty() {
            return;
        }
        for event in &events {
            if let Event::Finished { id, .. } = event {
                let gone = self.in_flight.borrow_mut().remove(id);
                if let Some(gone) = gone {
                    self.unpin(gone.array);
                }
            }
        }
        if self.in_flight.borrow().is_empty() {
            // SAFETY: as in `start`.
            unsafe { sys::napi_unref_threadsafe_function(self.env, self.doorbell.get()) };
        }
        // An error here means that the environment can run no JavaScript any more (its Worker is being terminated),
        // and then nobody awaits anything; an exception of the callback itself is Node's to report.
        let _ = self.call(callback, events);
    }

    fn call(&self, callback: sys::napi_value, events: Vec<Event>) -> napi::Result<()> {
        let mut flat = Vec::with_capacity(events.len() * FIELDS as usize);
        for event in events {
            flat.extend(self.flatten(event)?);
        }
        let env = self.env;
        let (mut array, mut this) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: on the environment's thread, inside the handle scope that Node opens for a threadsafe function's
        // callback; `flat` holds handles of that scope.
        unsafe {
            napi::check_status!(sys::napi_create_array_with_length(env, flat.len(), &mut array))?;
            for (index, value) in flat.into_iter().enumerate() {
                napi::check_status!(sys::napi_set_element(env, array, index as u32, value))?;
            }
            napi::check_status!(sys::napi_get_undefined(env, &mut this))?;
            napi::check_status!(sys::napi_call_function(env, this, callback, 1, &array, ptr::null_mut()))
        }
    }

    fn flatten(&self, event: Event) -> napi::Result<[sys::napi_value; FIELDS as usize]> {
        let env = self.env;
        // SAFETY: on the environment's thread, inside a handle scope as `call` says.
        let number = |number: f64| unsafe { f64::to_napi_value(env, number) };
        // SAFETY: as above.
        let text = |text: &str| unsafe { <&str>::to_napi_value(env, text) };
        match event {
            Event::Progress { id, done, total } => Ok([
                number(id.into())?,
                number(kind::PROGRESS.into())?,
                number(done as f64)?,
                number(total as f64)?,
                number(0.0)?,
                number(0.0)?,
            ]),
            Event::Finished { id, finished } => {
                let (wait, run) = (number(finished.wait.as_nanos() as f64)?, number(finished.run.as_nanos() as f64)?);
                let id = number(id.into())?;
                Ok(match finished.result {
                    Ok(outcome) => [
                        id,
                        number(kind::DONE.into())?,
                        self.value(outcome.value)?,
                        self.output(finished.output)?,
                        wait,
                        run,
                    ],
                    Err(error) => {
                        [id, number(kind::FAILED.into())?, text(error.code.as_str())?, text(&error.message)?, wait, run]
                    }
                })
            }
        }
    }

    fn value(&self, value: Value) -> napi::Result<sys::napi_value> {
        let env = self.env;
        let mut made = ptr::null_mut();
        // SAFETY: on the environment's thread, inside a handle scope. For bytes: `data` is the memory of the buffer
        // made just before, of that length, and no JavaScript has seen it yet.
        unsafe {
            match value {
                Value::None => napi::check_status!(sys::napi_get_undefined(env, &mut made))?,
                Value::Number(number) => return f64::to_napi_value(env, number),
                Value::BigInt(number) => napi::check_status!(sys::napi_create_bigint_uint64(env, number, &mut made))?,
                Value::Bytes(bytes) => {
                    // A copy: memory of our own would cost a finalizer, which is dearer for the few bytes of a digest.
                    let (mut data, mut buffer) = (ptr::null_mut(), ptr::null_mut());
                    napi::check_status!(sys::napi_create_arraybuffer(env, bytes.len(), &mut data, &mut buffer))?;
                    if !bytes.is_empty() {
                        ptr::copy_nonoverlapping(bytes.as_ptr(), data.cast::<u8>(), bytes.len());
                    }
                    let uint8 = sys::TypedarrayType::uint8_array;
                    napi::check_status!(sys::napi_create_typedarray(env, uint8, bytes.len(), buffer, 0, &mut made))?;
                }
            }
        }
        Ok(made)
    }

    fn output(&self, output: Option<Vec<u8>>) -> napi::Result<sys::napi_value> {
        let Some(output) = output else { return self.value(Value::None) };
        // SAFETY: on the environment's thread, inside a handle scope. The memory is handed over without a copy, except
        // where the runtime forbids memory that is not its own.
        unsafe { Uint8Array::to_napi_value(self.env, Uint8Array::from(output)) }
    }

    /// The end of the environment: see the introduction of this file.
    fn close(&self) {
        self.shared.silence();
        let in_flight = self.in_flight.take();
        for kernel in in_flight.values() {
            kernel.task.cancel();
        }
        self.shared.wait_until_quiet();
        for kernel in in_flight.into_values() {
            self.unpin(kernel.array);
        }
        let abort = sys::ThreadsafeFunctionReleaseMode::abort;
        // SAFETY: the one release of the one acquisition at its creation. No other thread can call it any more, since
        // `doorbell` is None and was taken under the lock that all callers hold.
        unsafe { sys::napi_release_threadsafe_function(self.doorbell.get(), abort) };
    }
}

/// Address and length of a Uint8Array.
fn bytes_of(env: sys::napi_env, array: sys::napi_value) -> napi::Result<(*mut u8, usize), ErrorCode> {
    let (mut element, mut length, mut data) = (0, 0, ptr::null_mut());
    // SAFETY: `array` is a live handle of this environment, whose thread this is; a value that is no typed array is
    // answered with a status.
    let status = unsafe {
        sys::napi_get_typedarray_info(
            env,
            array,
            &mut element,
            &mut length,
            &mut data,
            ptr::null_mut(),
            ptr::null_mut(),
        )
    };
    must(status, "napi_get_typedarray_info")?;
    if element != sys::TypedarrayType::uint8_array {
        return Err(napi::Error::new(ErrorCode::BadView, "a Uint8Array is needed"));
    }
    Ok((data.cast(), length))
}

unsafe extern "C" fn on_ring(env: sys::napi_env, callback: sys::napi_value, context: *mut c_void, _data: *mut c_void) {
    // Node calls with nothing while it closes the function.
    if env.is_null() || callback.is_null() {
        return;
    }
    // SAFETY: `context` is the Rc that was made for the function and lives until `on_bell_gone`, which Node calls after
    // the last of these calls; both are made on the environment's thread.
    let local = unsafe { &*context.cast::<Local>() };
    // A panic must not unwind into Node.
    let _ = catch_unwind(AssertUnwindSafe(|| local.deliver(callback)));
}

unsafe extern "C" fn on_bell_gone(_env: sys::napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: `data` came from `Rc::into_raw`; Node calls this once.
    drop(unsafe { Rc::from_raw(data.cast::<Local>()) });
}

unsafe extern "C" fn on_environment_end(data: *mut c_void) {
    // SAFETY: `data` came from `Rc::into_raw`; Node calls this once, on the environment's thread.
    let local = unsafe { Rc::from_raw(data.cast::<Local>()) };
    let _ = catch_unwind(AssertUnwindSafe(|| local.close()));
}

/// The kernels of one environment. Not for use by others than rockpool's own JavaScript.
#[napi]
pub struct KernelHub {
    local: Rc<Local>,
}

#[napi]
impl KernelHub {
    /// `on_events` is called with an array of events, six elements each: id, kind, two values, and the nanoseconds of
    /// waiting and running.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        env: &Env,
        #[napi(ts_arg_type = "(events: any[]) => void")] on_events: Function<Unknown, ()>,
    ) -> napi::Result<Self, ErrorCode> {
        // Kernel threads run this image's code for as long as the process lives, and Node unloads an addon that was
        // loaded in Workers only with the last of them.
        retain_current_module_for_unload_safety();

        let env = env.raw();
        let local = Rc::new(Local {
            env,
            shared: Arc::default(),
            doorbell: Cell::new(ptr::null_mut()),
            planned: RefCell::default(),
            in_flight: RefCell::default(),
            last_id: Cell::new(0),
        });
        let context = Rc::into_raw(Rc::clone(&local)).cast_mut().cast::<c_void>();
        let (mut name, mut bell) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: on the environment's thread, inside the handle scope of this call; `context` is given to Node, which
        // gives it back to `on_bell_gone`. If the creation fails it leaks, together with a hub that nobody can use.
        unsafe {
            let text = "rockpool.kernels";
            let made = sys::napi_create_string_utf8(env, text.as_ptr().cast(), text.len() as isize, &mut name);
            must(made, "napi_create_string_utf8")?;
            let made = sys::napi_create_threadsafe_function(
                env,
                on_events.raw(),
                ptr::null_mut(),
                name,
                0,
                1,
                context,
                Some(on_bell_gone),
                context,
                Some(on_ring),
                &mut bell,
            );
            must(made, "napi_create_threadsafe_function")?;
            // An idle program ends.
            must(sys::napi_unref_threadsafe_function(env, bell), "napi_unref_threadsafe_function")?;
        }
        local.doorbell.set(bell);
        local.shared.connect(Doorbell(bell));

        // After the doorbell: hooks run last in, first out, so ours finds the threadsafe function alive.
        let argument = Rc::into_raw(Rc::clone(&local)).cast_mut().cast::<c_void>();
        // SAFETY: on the environment's thread; `argument` is given to Node, which gives it back to the hook.
        let added = unsafe { sys::napi_add_env_cleanup_hook(env, Some(on_environment_end), argument) };
        must(added, "napi_add_env_cleanup_hook")?;
        Ok(Self { local })
    }

    /// Checks a call: the kernel's name, its parameters (names and values in two lists of one length; bytes as
    /// Uint8Array) and how they suit an input of `byte_length` bytes. Throws what is wrong, with a code. The next
    /// `start` carries it out. Returns the kernel's unit of work.
    #[napi(catch_unwind)]
    pub fn plan(
        &self,
        name: String,
        keys: Vec<String>,
        #[napi(ts_arg_type = "unknown[]")] values: Vec<Unknown>,
        byte_length: f64,
    ) -> napi::Result<&'static str, ErrorCode> {
        let entry = registry::find(&name).map_err(coded)?;
        let mut given = Vec::with_capacity(keys.len());
        for (key, value) in keys.into_iter().zip(values) {
            given.push((key, argument(self.local.env, &value)?));
        }
        let plan = entry.plan(given, byte_length as usize).map_err(coded)?;
        self.local.planned.replace(Some(plan));
        Ok(entry.unit)
    }

    /// Starts the planned call on the memory of a Uint8Array, which must be private to the caller, and returns its id.
    #[napi(catch_unwind)]
    pub fn start(
        &self,
        #[napi(ts_arg_type = "Uint8Array")] array: Unknown,
        progress: bool,
    ) -> napi::Result<u32, ErrorCode> {
        self.local.start(array.raw(), progress)
    }

    /// Cancels a call. Its event comes all the same: as an abort, or with the result if it was done already.
    #[napi(catch_unwind)]
    pub fn cancel(&self, id: u32) {
        let task = self.local.in_flight.borrow().get(&id).map(|kernel| Arc::clone(&kernel.task));
        if let Some(task) = task {
            task.cancel();
        }
    }
}

fn argument(env: sys::napi_env, value: &Unknown) -> napi::Result<Argument, ErrorCode> {
    let failed = |error: napi::Error| napi::Error::new(ErrorCode::KernelParameter, error.reason.clone());
    let value_type = value.get_type().map_err(failed)?;
    Ok(match value_type {
        // SAFETY: the type was just seen to be the right one.
        ValueType::Number => Argument::Number(unsafe { value.cast::<f64>() }.map_err(failed)?),
        // SAFETY: as above.
        ValueType::String => Argument::Text(unsafe { value.cast::<String>() }.map_err(failed)?),
        // SAFETY: as above.
        ValueType::Boolean => Argument::Flag(unsafe { value.cast::<bool>() }.map_err(failed)?),
        ValueType::Object => match bytes_of(env, value.raw()) {
            Ok((_, 0)) => Argument::Bytes(Vec::new()),
            // SAFETY: the memory of a live typed array, of this length, on the environment's thread, while no
            // JavaScript runs; copied before this call ends.
            Ok((start, length)) => Argument::Bytes(unsafe { std::slice::from_raw_parts(start, length) }.to_vec()),
            Err(_) => Argument::Other("object"),
        },
        ValueType::Null => Argument::Other("null"),
        ValueType::Function => Argument::Other("function"),
        ValueType::BigInt => Argument::Other("bigint"),
        ValueType::Symbol => Argument::Other("symbol"),
        _ => Argument::Other("undefined"),
    })
}

/// Sets the number of kernel threads of this process; an error once they run with another number.
#[napi(catch_unwind)]
pub fn configure_kernel_threads(size: u32) -> napi::Result<(), ErrorCode> {
    threads::configure(size as usize).map_err(coded)
}

/// The number of kernel threads of this process: of those that run, else of those that would be started.
#[napi(catch_unwind)]
pub fn kernel_threads() -> napi::Result<u32, ErrorCode> {
    Ok(threads::size().map_err(coded)? as u32)
}

/// The address of a Uint8Array's memory, for the tests that compare it.
#[napi(catch_unwind)]
pub fn address_of(env: &Env, #[napi(ts_arg_type = "Uint8Array")] array: Unknown) -> napi::Result<f64, ErrorCode> {
    bytes_of(env.raw(), array.raw()).map(|(start, _)| start.addr() as f64)
}
