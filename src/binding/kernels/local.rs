//! One environment's own side: what it has lent, and how it hears of the end.

use super::convert::{Maker, Memory, bytes_of, element, numbers_of, pin, written};
use super::mailbox::{Doorbell, Event, Report, Shared};
use super::must;
use crate::error::{Error, ErrorCode};
use crate::kernels::runtime::executor;
use crate::kernels::runtime::output::{self, Output};
use crate::kernels::runtime::shared::{Claim, Place, Span};
use crate::kernels::{Call, Done, Finished, LentBytes, Plan, Priority};
use crate::protocol::kernel::{event, field};
use napi::sys;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{self, NonNull};
use std::rc::Rc;
use std::sync::Arc;

/// Where an event is told, in two arrays of JavaScript's. Numbers cost nothing in memory that both sides look at.
///
/// | | `numbers` | `values` |
/// |---|---|---|
/// | each | id, kind | |
/// | `DONE` | written, element, waiting, running | value, output; for several inputs lists of values, outputs, written and elements |
/// | `FAILED` | step, index (-1 for none), waiting, running | code, message |
/// | `PROGRESS` | done, total | |
///
/// Waiting and running are in nanoseconds. What is not there is undefined, which JavaScript sees to.
struct EventReport {
    numbers: NonNull<f64>,
    /// Keeps the numbers where they are.
    _pinned: sys::napi_ref,
    /// Its elements are its own, so that nothing of the prototypes is asked when they are set.
    values: sys::napi_ref,
}

/// The numbers of an event, each in its field.
fn numbers(id: u32, kind: u32, [third, fourth]: [f64; 2], [waited, ran]: [f64; 2]) -> [f64; field::COUNT] {
    let mut numbers = [0.0; field::COUNT];
    numbers[field::ID] = id.into();
    numbers[field::KIND] = kind.into();
    numbers[field::THIRD] = third;
    numbers[field::FOURTH] = fourth;
    numbers[field::WAITED] = waited;
    numbers[field::RAN] = ran;
    numbers
}

impl EventReport {
    fn new(env: sys::napi_env, [numbers, values]: [sys::napi_value; 2]) -> napi::Result<Self, ErrorCode> {
        let start = numbers_of(env, numbers, field::COUNT)?;
        Ok(EventReport { numbers: start, _pinned: pin(env, numbers)?, values: pin(env, values)? })
    }

    fn write(&self, env: sys::napi_env, numbers: [f64; field::COUNT], values: &[sys::napi_value]) -> napi::Result<()> {
        let mut array = ptr::null_mut();
        // SAFETY: on the environment's thread, with handles of the scope of the call from JavaScript.
        unsafe {
            napi::check_status!(sys::napi_get_reference_value(env, self.values, &mut array))?;
            for (index, value) in values.iter().enumerate() {
                napi::check_status!(sys::napi_set_element(env, array, index as u32, *value))?;
            }
        }
        // SAFETY: the array has so many, is alive since it is pinned, and is private to rockpool's JavaScript, which runs
        // on this thread and so not now.
        unsafe { self.numbers.cast::<[f64; field::COUNT]>().write(numbers) };
        Ok(())
    }
}

/// A call that was started and has not been reported as finished.
struct InFlight {
    call: Arc<Call>,
    /// Keep the typed arrays, and with them the memory, from the garbage collector.
    arrays: Vec<sys::napi_ref>,
    /// It was given a list of inputs.
    several: bool,
}

/// Memory of V8's own, as a Uint8Array whose handle belongs to the scope that it was made in.
struct Allocated {
    array: sys::napi_value,
    memory: Memory,
}

/// The environment's own side; never leaves its thread.
pub(super) struct Local {
    pub(super) env: sys::napi_env,
    shared: Arc<Shared>,
    doorbell: Cell<sys::napi_threadsafe_function>,
    pub(super) planned: RefCell<Option<Plan>>,
    in_flight: RefCell<HashMap<u32, InFlight>>,
    last_id: Cell<u32>,
    /// Events that are still to be told.
    waiting: RefCell<VecDeque<Event>>,
    report: EventReport,
    /// The function that makes memory.
    allocate: sys::napi_ref,
}

impl Local {
    /// Everything of a client; `listener` hears of events, `report` tells them, memory comes from `allocate`.
    pub(super) fn connect(
        env: sys::napi_env,
        listener: sys::napi_value,
        report: [sys::napi_value; 2],
        allocate: sys::napi_value,
    ) -> napi::Result<Rc<Self>, ErrorCode> {
        let local = Rc::new(Local {
            env,
            shared: Arc::default(),
            doorbell: Cell::new(ptr::null_mut()),
            planned: RefCell::default(),
            in_flight: RefCell::default(),
            last_id: Cell::new(0),
            waiting: RefCell::default(),
            report: EventReport::new(env, report)?,
            allocate: pin(env, allocate)?,
        });
        let context = Rc::into_raw(Rc::clone(&local)).cast_mut().cast::<c_void>();
        let (mut name, mut bell) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: on the environment's thread, inside the handle scope of this call; `context` is given to Node, which
        // gives it back to `on_bell_gone`. If the creation fails it leaks, together with a client that nobody can use.
        unsafe {
            let text = "rockpool.kernels";
            let made = sys::napi_create_string_utf8(env, text.as_ptr().cast(), text.len() as isize, &mut name);
            must(made, "napi_create_string_utf8")?;
            let made = sys::napi_create_threadsafe_function(
                env,
                listener,
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
        Ok(local)
    }

    fn new_id(&self) -> u32 {
        loop {
            let id = self.last_id.get().wrapping_add(1);
            self.last_id.set(id);
            if !self.in_flight.borrow().contains_key(&id) {
                return id;
            }
        }
    }

    /// What was planned, with the memory of the typed arrays that it was planned for.
    fn lend(
        &self,
        inputs: &[sys::napi_value],
        out: Option<sys::napi_value>,
    ) -> napi::Result<(Plan, Vec<LentBytes>, Option<LentBytes>), ErrorCode> {
        let bad = |message: String| napi::Error::new(ErrorCode::BadView, message);
        let plan = self.planned.take().ok_or_else(|| bad("nothing is planned".into()))?;
        let bytes = inputs.iter().map(|input| bytes_of(self.env, *input)).collect::<Result<Vec<_>, _>>()?;
        let out = out.map(|out| bytes_of(self.env, out)).transpose()?;
        let lengths = plan.lengths();
        if lengths.len() != bytes.len() || !lengths.eq(bytes.iter().map(|memory| memory.length)) {
            return Err(bad("the bytes are not those of the plan".into()));
        }
        check_apart(bytes.iter().chain(&out))?;
        let claim = claim(&plan, &bytes, out.as_ref())?;
        // SAFETY: the memory is alive until the end of the call: `start` holds a reference to each typed array until
        // the event of the call's end has been handled, on this thread, and where the environment ends before that,
        // its cleanup hook waits for the call first, and V8 frees no memory before the hooks have run; `run_here` is
        // over before it returns to JavaScript. The memory neither moves nor shrinks nor is used by others: JavaScript
        // made the ArrayBuffers private by detaching the caller's before it came here, or does not run until the end.
        // No two of them overlap, as was just checked, and no other call that is under way has the same shared memory,
        // unless both only read it. (Of JavaScript that writes to a SharedArrayBuffer, which cannot be detached,
        // `LentBytes::new` says who answers for what.)
        let lend = |memory: Memory| unsafe { LentBytes::new(memory.start, memory.length) }.claimed(claim.as_ref());
        Ok((plan, bytes.into_iter().map(lend).collect(), out.map(lend)))
    }

    /// Starts what was planned.
    pub(super) fn start(
        &self,
        inputs: &[sys::napi_value],
        several: bool,
        out: Option<sys::napi_value>,
        progress: bool,
        priority: Priority,
    ) -> napi::Result<u32, ErrorCode> {
        let (plan, lent, lent_out) = self.lend(inputs, out)?;
        let mut arrays = Vec::with_capacity(inputs.len() + 1);
        for array in inputs.iter().copied().chain(out) {
            match pin(self.env, array) {
                Ok(reference) => arrays.push(reference),
                Err(error) => {
                    self.unpin(arrays);
                    return Err(error);
                }
            }
        }
        let id = self.new_id();
        let report = Report::new(&self.shared, id, progress);
        let call = match executor::submit(plan, lent, lent_out, priority, Box::new(report)) {
            Ok(call) => call,
            Err(error) => {
                self.unpin(arrays);
                return Err(error.into());
            }
        };
        let mut in_flight = self.in_flight.borrow_mut();
        if in_flight.is_empty() {
            // SAFETY: on the environment's thread, with a handle that is released at the environment's end only.
            unsafe { sys::napi_ref_threadsafe_function(self.env, self.doorbell.get()) };
        }
        in_flight.insert(id, InFlight { call, arrays, several });
        Ok(id)
    }

    /// Carries out what was planned, on this thread, before it returns; the report tells how it went.
    pub(super) fn run_here(&self, input: sys::napi_value, out: Option<sys::napi_value>) -> napi::Result<(), ErrorCode> {
        let (plan, mut lent, lent_out) = self.lend(&[input], out)?;
        let prepared = match lent_out {
            Some(_) => None,
            None => plan.expects(&mut lent[0]).and_then(|length| self.allocate(length)),
        };
        let output = match (lent_out, &prepared) {
            (Some(out), _) => Some(Output::lent(out)),
            (None, Some(Allocated { memory: Memory { start, length, .. }, .. })) => {
                // SAFETY: initialised by V8, and alive as long as the handle of its array, to the end of this call.
                // No JavaScript but the function that has made it knows it, and none runs meanwhile.
                Some(Output::prepared(unsafe { LentBytes::new(*start, *length) }))
            }
            (None, None) => None,
        };
        let mut finished = Call::run_here(plan, lent, output);
        let memory = self.output_of(&mut finished, prepared);
        self.tell_end(0, finished, false, memory)
            .map_err(|untold| napi::Error::new(ErrorCode::BadView, untold.1.reason.clone()))
    }

    /// Memory of zeros, which JavaScript makes and V8 frees. What V8 is lent instead it gives back by a finalizer, which
    /// Node runs when the event loop turns: never while calls on this thread follow one another. None where there is no
    /// memory.
    fn allocate(&self, length: usize) -> Option<Allocated> {
        let (mut function, mut array) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: on the environment's thread, in the handle scope of a call from JavaScript, which nothing here is
        // borrowed in that another call from there could borrow.
        unsafe {
            let maker = Maker::new(self.env);
            let arguments = [maker.number(length as f64).ok()?];
            let this = maker.undefined().ok()?;
            if sys::napi_get_reference_value(self.env, self.allocate, &mut function) != sys::Status::napi_ok {
                return None;
            }
            if sys::napi_call_function(self.env, this, function, 1, arguments.as_ptr(), &mut array)
                != sys::Status::napi_ok
            {
                // A RangeError. The call fails with an error of its own.
                self.clear_exception();
                return None;
            }
        }
        let memory = bytes_of(self.env, array).ok()?;
        (memory.length == length && !memory.is_shared).then_some(Allocated { array, memory })
    }

    /// The memory of what a call on this thread has written, for JavaScript; None where that is the caller's, or where
    /// the call has failed. What the kernel has written to memory of our own is copied to V8's.
    fn output_of(&self, finished: &mut Finished, prepared: Option<Allocated>) -> Option<sys::napi_value> {
        let Ok([done]) = finished.result.as_deref_mut() else { return None };
        let Some(own) = done.output.take() else { return prepared.map(|prepared| prepared.array) };
        let Some(Allocated { array, memory }) = self.allocate(own.len()) else {
            finished.result = Err(output::no_memory(own.len()));
            return None;
        };
        if !own.is_empty() {
            // SAFETY: as long as `own`, initialised, and known to nobody else: JavaScript does not run.
            unsafe { std::slice::from_raw_parts_mut(memory.start, memory.length) }.copy_from_slice(&own);
        }
        Some(array)
    }

    pub(super) fn cancel(&self, id: u32) {
        let call = self.in_flight.borrow().get(&id).map(|call| Arc::clone(&call.call));
        if let Some(call) = call {
            call.cancel();
        }
    }

    fn unpin(&self, references: Vec<sys::napi_ref>) {
        for reference in references {
            // SAFETY: made in `start` for this environment, dropped once: whoever calls has taken them out of
            // `in_flight`, or they never were in there.
            unsafe { sys::napi_delete_reference(self.env, reference) };
        }
    }

    /// Whether JavaScript looks for events by itself.
    pub(super) fn watch(&self, watched: bool) {
        self.shared.watch(watched);
    }

    /// Tells the next event in the report. False where there is none.
    pub(super) fn collect(&self) -> napi::Result<bool> {
        let mut waiting = self.waiting.borrow_mut();
        if waiting.is_empty() {
            waiting.extend(self.shared.take_events());
        }
        let Some(event) = waiting.pop_front() else { return Ok(false) };
        drop(waiting);
        match event {
            Event::Progress { id, done, total } => {
                let numbers = numbers(id, event::PROGRESS, [done as f64, total as f64], [0.0; 2]);
                self.report.write(self.env, numbers, &[])?;
            }
            Event::Finished { id, finished } => {
                let several = self.in_flight.borrow().get(&id).is_some_and(|call| call.several);
                if let Err(untold) = self.tell_end(id, finished, several, None) {
                    let (finished, error) = *untold;
                    // It keeps its memory until it is told.
                    self.waiting.borrow_mut().push_front(Event::Finished { id, finished });
                    return Err(error);
                }
                self.forget(id);
            }
        }
        Ok(true)
    }

    /// Tells the end of a call, whose output lies in `memory` where that is given. A call whose answer cannot be made
    /// into values of JavaScript has failed. An error if not even that can be told, and how the call has ended.
    fn tell_end(
        &self,
        id: u32,
        finished: Finished,
        several: bool,
        memory: Option<sys::napi_value>,
    ) -> Result<(), Box<(Finished, napi::Error)>> {
        let Finished { result, wait, run } = finished;
        let times = [wait.as_nanos() as f64, run.as_nanos() as f64];
        let tell = |result: Result<Vec<Done>, Error>, memory: Option<sys::napi_value>| -> napi::Result<()> {
            // SAFETY: on the environment's thread, inside the handle scope of a call from JavaScript.
            let maker = unsafe { Maker::new(self.env) };
            let place = |place: Option<usize>| place.map_or(-1.0, |place| place as f64);
            match result {
                Ok(done) if several => {
                    let columns = maker.columns(done)?;
                    self.report.write(self.env, numbers(id, event::DONE, [0.0; 2], times), &columns)
                }
                Ok(mut done) => {
                    let Some(done) = done.pop() else { unreachable!("a call on one input has one result") };
                    let numbers = numbers(id, event::DONE, [written(&done), element(&done)], times);
                    let has_output = memory.is_some() || done.output.is_some();
                    let value = maker.value(done.value)?;
                    let output = memory.map_or_else(|| maker.output(done.output), Ok)?;
                    self.report.write(self.env, numbers, &[value, output][..1 + usize::from(has_output)])
                }
                Err(error) => {
                    let values = [maker.text(error.code.as_str())?, maker.text(&error.message)?];
                    let numbers = numbers(id, event::FAILED, [place(error.step), place(error.index)], times);
                    self.report.write(self.env, numbers, &values)
                }
            }
        };
        let Err(error) = tell(result, memory) else { return Ok(()) };
        self.clear_exception();
        let message =
            format!("what the kernel has answered cannot be made into values of JavaScript: {}", error.reason);
        let error = Error::new(ErrorCode::KernelOutput, message);
        tell(Err(error.clone()), None).map_err(|again| {
            self.clear_exception();
            Box::new((Finished { result: Err(error), wait, run }, again))
        })
    }

    /// Forgets an exception, if there is one: what has thrown is answered in another way.
    fn clear_exception(&self) {
        let mut exception = ptr::null_mut();
        // SAFETY: on the environment's thread, inside the handle scope of a call from JavaScript.
        unsafe { sys::napi_get_and_clear_last_exception(self.env, &mut exception) };
    }

    /// The end of a call was told.
    fn forget(&self, id: u32) {
        let Some(call) = self.in_flight.borrow_mut().remove(&id) else { return };
        self.unpin(call.arrays);
        if self.in_flight.borrow().is_empty() {
            // SAFETY: as in `start`.
            unsafe { sys::napi_unref_threadsafe_function(self.env, self.doorbell.get()) };
        }
    }

    /// Answers the doorbell: JavaScript looks for events.
    fn answer(&self, listener: sys::napi_value) -> napi::Result<()> {
        self.shared.answer();
        // SAFETY: on the environment's thread, inside the handle scope that Node opens for a threadsafe function's
        // callback.
        let this = unsafe { Maker::new(self.env) }.undefined()?;
        // SAFETY: as above, with handles of that scope.
        napi::check_status!(unsafe {
            sys::napi_call_function(self.env, this, listener, 0, ptr::null(), ptr::null_mut())
        })
    }

    /// The end of the environment: see the introduction of `kernels.rs`.
    fn close(&self) {
        self.shared.silence();
        let in_flight = self.in_flight.take();
        for call in in_flight.values() {
            call.call.cancel();
        }
        self.shared.wait_until_quiet();
        self.waiting.take();
        for call in in_flight.into_values() {
            self.unpin(call.arrays);
        }
        let abort = sys::ThreadsafeFunctionReleaseMode::abort;
        // SAFETY: the one release of the one acquisition at its creation. No other thread can call it any more, since
        // `doorbell` is None and was taken under the lock that all callers hold.
        unsafe { sys::napi_release_threadsafe_function(self.doorbell.get(), abort) };
    }
}

/// The right to what is shared memory of all this; None where nothing is.
fn claim(plan: &Plan, inputs: &[Memory], out: Option<&Memory>) -> napi::Result<Option<Arc<Claim>>, ErrorCode> {
    let several = inputs.len() > 1;
    let inputs = inputs.iter().enumerate().map(|(at, memory)| {
        let place = if several { Place::Nth(at) } else { Place::Input };
        (place, memory, plan.writes_input)
    });
    let all = inputs.chain(out.map(|memory| (Place::Out, memory, true)));
    let shared = all.filter(|(_, memory, _)| memory.is_shared && memory.length > 0);
    let spans: Vec<_> = shared
        .map(|(place, memory, writes)| Span { start: memory.start.addr(), length: memory.length, writes, place })
        .collect();
    if spans.is_empty() {
        return Ok(None);
    }
    Ok(Some(Arc::new(Claim::new(spans)?)))
}

/// An error where two stretches of memory share a byte. JavaScript has refused two views of one buffer before; left are
/// objects that share memory without saying so, such as two SharedArrayBuffers that are one.
fn check_apart<'a>(bytes: impl Iterator<Item = &'a Memory>) -> napi::Result<(), ErrorCode> {
    let range = |memory: &Memory| (memory.start.addr(), memory.start.addr() + memory.length);
    let mut ranges: Vec<_> = bytes.filter(|memory| memory.length > 0).map(range).collect();
    ranges.sort_unstable();
    if ranges.windows(2).all(|pair| pair[0].1 <= pair[1].0) {
        return Ok(());
    }
    let message = "two of the buffers of one call share memory";
    Err(Error::new(ErrorCode::KernelInput, message).into())
}

unsafe extern "C" fn on_ring(env: sys::napi_env, callback: sys::napi_value, context: *mut c_void, _data: *mut c_void) {
    // Node calls with nothing while it closes the function.
    if env.is_null() || callback.is_null() {
        return;
    }
    // SAFETY: `context` is the Rc that was made for the function and lives until `on_bell_gone`, which Node calls after
    // the last of these calls; both are made on the environment's thread.
    let local = unsafe { &*context.cast::<Local>() };
    // A panic must not unwind into Node. An error means that the environment can run no JavaScript any more (its Worker
    // is being terminated), and then nobody awaits anything; an exception of the callback itself is Node's to report.
    let _ = catch_unwind(AssertUnwindSafe(|| local.answer(callback)));
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
