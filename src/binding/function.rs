//! JavaScript functions without arguments and results, as cheap as Node allows.
//!
//! A method of a class costs an unwrapping of `this`, a borrow record and the conversion of its result, several times
//! what a take of a task costs. Such a function carries its closure as data and nothing is converted: numbers go
//! through registers, memory that both sides read.

use napi::bindgen_prelude::{Env, FromNapiValue, Unknown};
use napi::sys;
use std::ffi::{c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

type Body = Box<dyn Fn()>;

/// Makes a JavaScript function that runs `body`. A panic becomes a JavaScript error.
pub fn function<'env>(env: &'env Env, name: &str, body: impl Fn() + 'static) -> napi::Result<Unknown<'env>> {
    let data: *mut Body = Box::into_raw(Box::new(Box::new(body)));
    let mut value = ptr::null_mut();
    // SAFETY: a live environment on its own thread; `data` is a valid Body until `release` frees it.
    let status = unsafe {
        let (text, length) = (name.as_ptr().cast::<c_char>(), name.len() as isize);
        sys::napi_create_function(env.raw(), text, length, Some(run), data.cast(), &mut value)
    };
    if status != sys::Status::napi_ok {
        // SAFETY: no function was made, so nobody else has `data`.
        drop(unsafe { Box::from_raw(data) });
        return Err(napi::Error::from_reason(format!("napi_create_function failed with status {status}")));
    }
    // SAFETY: `value` is the function just made; `release` runs once, when it is collected or the environment ends.
    // Should this fail, the closure lives as long as the process: a leak of some bytes, nothing worse.
    unsafe {
        sys::napi_add_finalizer(env.raw(), value, data.cast(), Some(release), ptr::null_mut(), ptr::null_mut());
        Unknown::from_napi_value(env.raw(), value)
    }
}

unsafe extern "C" fn run(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let mut data = ptr::null_mut();
    // SAFETY: called by Node with the environment and the call's own info; null outputs are not asked for.
    unsafe { sys::napi_get_cb_info(env, info, ptr::null_mut(), ptr::null_mut(), ptr::null_mut(), &mut data) };
    // SAFETY: the data that the function was made with; its finalizer cannot have run, since the function is called.
    let body = unsafe { &*data.cast::<Body>() };
    if catch_unwind(AssertUnwindSafe(body)).is_err() {
        let message = c"rockpool: a native call panicked";
        // SAFETY: throwing in the environment that calls.
        unsafe { sys::napi_throw_error(env, ptr::null(), message.as_ptr()) };
    }
    ptr::null_mut()
}

unsafe extern "C" fn release(_env: sys::napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: made by `function` with Box::into_raw, and finalized once.
    drop(unsafe { Box::from_raw(data.cast::<Body>()) });
}
