//! From JavaScript's values to a call's, and from its results back.

use super::must;
use crate::error::ErrorCode;
use crate::kernels::{Argument, Done, Element, Shape, Value};
use bytemuck::Pod;
use napi::bindgen_prelude::{JsValue, ToNapiValue, Uint8Array, Unknown};
use napi::{ValueType, sys};
use std::ffi::c_void;
use std::ptr::{self, NonNull};
use std::sync::Arc;

/// An element of a typed array, by the number that JavaScript gives it.
pub(super) fn shape(length: f64, element: u8) -> napi::Result<Shape, ErrorCode> {
    let element = *Element::ALL
        .get(usize::from(element))
        .ok_or_else(|| napi::Error::new(ErrorCode::BadView, format!("no element has the number {element}")))?;
    Ok(Shape { element, ..Shape::bytes(length as usize) })
}

/// The parameters of one kernel, by name.
pub(super) fn arguments(
    env: sys::napi_env,
    keys: Vec<String>,
    values: Vec<Unknown>,
) -> napi::Result<Vec<(String, Argument)>, ErrorCode> {
    keys.into_iter().zip(values).map(|(key, value)| Ok((key, argument(env, &value)?))).collect()
}

fn argument(env: sys::napi_env, value: &Unknown) -> napi::Result<Argument, ErrorCode> {
    let failed = |error: napi::Error| napi::Error::new(ErrorCode::KernelParameter, error.reason.clone());
    Ok(match value.get_type().map_err(failed)? {
        // SAFETY: the type was just seen to be the right one.
        ValueType::Number => Argument::Number(unsafe { value.cast::<f64>() }.map_err(failed)?),
        // SAFETY: as above.
        ValueType::String => Argument::Text(unsafe { value.cast::<String>() }.map_err(failed)?),
        // SAFETY: as above.
        ValueType::Boolean => Argument::Flag(unsafe { value.cast::<bool>() }.map_err(failed)?),
        ValueType::Object => list(env, value.raw()).unwrap_or(Argument::Other("object")),
        ValueType::Null => Argument::Other("null"),
        ValueType::Function => Argument::Other("function"),
        ValueType::BigInt => big_int(env, value.raw()),
        ValueType::Symbol => Argument::Other("symbol"),
        _ => Argument::Other("undefined"),
    })
}

/// A BigInt, as far as [`Argument::BigInt`] holds it.
fn big_int(env: sys::napi_env, value: sys::napi_value) -> Argument {
    let (mut sign, mut count, mut words) = (0, 2, [0_u64; 2]);
    // SAFETY: `value` is a live handle of this environment, whose thread this is; `words` has room for `count` of them.
    let status = unsafe { sys::napi_get_value_bigint_words(env, value, &mut sign, &mut count, words.as_mut_ptr()) };
    if status != sys::Status::napi_ok {
        return Argument::Other("bigint");
    }
    let size = u128::from(words[1]) << 64 | u128::from(words[0]);
    // The count says how many words there are, also where there was no room for them.
    let size = if count <= 2 { i128::try_from(size).ok() } else { None };
    Argument::BigInt(match (size, sign) {
        (Some(size), 0) => size,
        (Some(size), _) => -size,
        (None, 0) => i128::MAX,
        (None, _) => i128::MIN,
    })
}

/// A copy of a Uint8Array or a Float32Array.
fn list(env: sys::napi_env, array: sys::napi_value) -> Option<Argument> {
    let View { kind, start, length, .. } = typed_array(env, array)?;
    if kind == sys::TypedarrayType::uint8_array {
        // SAFETY: the memory of a live typed array, of this length, on the environment's thread; copied before this call
        // ends.
        return Some(Argument::Bytes(unsafe { copy(start.cast::<u8>(), length) }));
    }
    if kind == sys::TypedarrayType::float32_array {
        // SAFETY: as above; V8 aligns a Float32Array.
        return Some(Argument::Floats(Arc::new(unsafe { copy(start.cast::<f32>(), length) })));
    }
    None
}

/// Makes no reference to the elements: in shared memory somebody else may write to them.
///
/// # Safety
///
/// `length` elements lie at `start`, aligned, if there are any.
unsafe fn copy<T: Pod>(start: *const T, length: usize) -> Vec<T> {
    let mut copy = vec![T::zeroed(); length];
    // The memory of an empty array may be nowhere.
    if length > 0 {
        // SAFETY: as the caller promises; the copy is new memory of that length.
        unsafe { ptr::copy_nonoverlapping(start, copy.as_mut_ptr(), length) };
    }
    copy
}

/// What a view of JavaScript's is.
struct View {
    /// Zero for a DataView.
    kind: sys::napi_typedarray_type,
    start: *mut c_void,
    /// Elements; of a DataView bytes.
    length: usize,
    buffer: sys::napi_value,
}

/// None for what is no typed array.
fn typed_array(env: sys::napi_env, array: sys::napi_value) -> Option<View> {
    let mut view = View { kind: 0, start: ptr::null_mut(), length: 0, buffer: ptr::null_mut() };
    let View { kind, start, length, buffer } = &mut view;
    // SAFETY: `array` is a live handle of this environment, whose thread this is; a value that is no typed array is
    // answered with a status.
    let status = unsafe { sys::napi_get_typedarray_info(env, array, kind, length, start, buffer, ptr::null_mut()) };
    (status == sys::Status::napi_ok).then_some(view)
}

fn data_view(env: sys::napi_env, given: sys::napi_value) -> Option<View> {
    let mut view = View { kind: 0, start: ptr::null_mut(), length: 0, buffer: ptr::null_mut() };
    let View { start, length, buffer, .. } = &mut view;
    // SAFETY: as in `typed_array`.
    let status = unsafe { sys::napi_get_dataview_info(env, given, length, start, buffer, ptr::null_mut()) };
    (status == sys::Status::napi_ok).then_some(view)
}

/// Bytes of JavaScript's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    pub(super) start: *mut u8,
    pub(super) length: usize,
    /// They are those of a SharedArrayBuffer.
    pub(super) is_shared: bool,
}

/// The bytes of a Uint8Array, or of a DataView, which may be longer.
pub(super) fn bytes_of(env: sys::napi_env, given: sys::napi_value) -> napi::Result<Memory, ErrorCode> {
    let view = typed_array(env, given).filter(|view| view.kind == sys::TypedarrayType::uint8_array);
    let Some(View { start, length, buffer, .. }) = view.or_else(|| data_view(env, given)) else {
        return Err(napi::Error::new(ErrorCode::BadView, "a Uint8Array or a DataView is needed"));
    };
    let mut is_private = false;
    // SAFETY: a live handle of this environment, whose thread this is. A SharedArrayBuffer is not what this asks for.
    must(unsafe { sys::napi_is_arraybuffer(env, buffer, &mut is_private) }, "napi_is_arraybuffer")?;
    Ok(Memory { start: start.cast(), length, is_shared: !is_private })
}

/// The address of a Float64Array of at least so many elements.
pub(super) fn numbers_of(
    env: sys::napi_env,
    given: sys::napi_value,
    least: usize,
) -> napi::Result<NonNull<f64>, ErrorCode> {
    typed_array(env, given)
        .filter(|view| view.kind == sys::TypedarrayType::float64_array && view.length >= least)
        .and_then(|view| NonNull::new(view.start.cast()))
        .ok_or_else(|| napi::Error::new(ErrorCode::BadView, format!("a Float64Array of {least} elements is needed")))
}

/// The longest list of numbers, in bytes, that goes to JavaScript as a string: the number of its element, then its
/// bytes. `lib/kernels/result.js` makes a typed array of it, and V8 keeps those of up to 64 bytes among its own objects.
/// Node-API can only make one with memory outside, which costs several times as much, and which V8 counts: where large
/// inputs come and go, its next allocation of that kind is often the one that begins a garbage collection.
const SHORT: usize = crate::protocol::limits::limit::SHORT_LIST;

/// The bytes of a result; -1 where the input's memory is all there is.
pub(super) fn written(done: &Done) -> f64 {
    done.written.map_or(-1.0, |written| written as f64)
}

/// The number of the type of a result's elements.
pub(super) fn element(done: &Done) -> f64 {
    f64::from(done.element as u8)
}

/// Makes values of JavaScript, on the environment's thread, inside a handle scope.
#[derive(Clone, Copy)]
pub(super) struct Maker {
    env: sys::napi_env,
}

impl Maker {
    /// # Safety
    ///
    /// As long as it is used, a handle scope of this environment is open on its thread, which is this one.
    pub(super) unsafe fn new(env: sys::napi_env) -> Self {
        Maker { env }
    }

    pub(super) fn number(self, number: f64) -> napi::Result<sys::napi_value> {
        // SAFETY: as `new` was promised.
        unsafe { f64::to_napi_value(self.env, number) }
    }

    pub(super) fn text(self, text: &str) -> napi::Result<sys::napi_value> {
        // SAFETY: as `new` was promised.
        unsafe { <&str>::to_napi_value(self.env, text) }
    }

    pub(super) fn undefined(self) -> napi::Result<sys::napi_value> {
        let mut made = ptr::null_mut();
        // SAFETY: as `new` was promised.
        napi::check_status!(unsafe { sys::napi_get_undefined(self.env, &mut made) })?;
        Ok(made)
    }

    pub(super) fn array(self, elements: &[sys::napi_value]) -> napi::Result<sys::napi_value> {
        let mut array = ptr::null_mut();
        // SAFETY: as `new` was promised; the elements are handles of the same scope or of one around it.
        unsafe {
            napi::check_status!(sys::napi_create_array_with_length(self.env, elements.len(), &mut array))?;
            for (index, element) in elements.iter().enumerate() {
                napi::check_status!(sys::napi_set_element(self.env, array, index as u32, *element))?;
            }
        }
        Ok(array)
    }

    /// What came out for each of several inputs, in four arrays: values, outputs (undefined where that is in memory that
    /// was lent), and the two numbers of [`written`] and [`element`].
    pub(super) fn columns(self, done: Vec<Done>) -> napi::Result<[sys::napi_value; 4]> {
        let mut columns: [Vec<sys::napi_value>; 4] = Default::default();
        for one in done {
            let numbers = [self.number(written(&one))?, self.number(element(&one))?];
            let row = [self.value(one.value)?, self.output(one.output)?, numbers[0], numbers[1]];
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        let [values, outputs, written, elements] = columns;
        Ok([self.array(&values)?, self.array(&outputs)?, self.array(&written)?, self.array(&elements)?])
    }

    pub(super) fn value(self, value: Value) -> napi::Result<sys::napi_value> {
        match value {
            Value::None => self.undefined(),
            Value::Number(number) => self.number(number),
            Value::BigInt(number) => {
                let mut made = ptr::null_mut();
                // SAFETY: as `new` was promised.
                napi::check_status!(unsafe { sys::napi_create_bigint_uint64(self.env, number, &mut made) })?;
                Ok(made)
            }
            Value::Bytes(bytes) => self.numbers(Element::U8, &bytes),
            Value::Uint32(numbers) => self.numbers(Element::U32, &numbers),
            Value::Float32(numbers) => self.numbers(Element::F32, &numbers),
            Value::Float64(numbers) => self.numbers(Element::F64, &numbers),
            Value::List(values) => {
                let made = values.into_iter().map(|value| self.value(value)).collect::<napi::Result<Vec<_>>>()?;
                self.array(&made)
            }
            Value::Fields(fields) => {
                let mut object = ptr::null_mut();
                // SAFETY: as `new` was promised.
                napi::check_status!(unsafe { sys::napi_create_object(self.env, &mut object) })?;
                for (name, value) in fields {
                    let (name, value) = (self.text(name)?, self.value(value)?);
                    self.define(object, name, value)?;
                }
                Ok(object)
            }
        }
    }

    /// Gives an object a property of its own, whatever there is by this name among its prototypes.
    fn define(self, object: sys::napi_value, name: sys::napi_value, value: sys::napi_value) -> napi::Result<()> {
        let property = sys::napi_property_descriptor {
            utf8name: ptr::null(),
            name,
            method: None,
            getter: None,
            setter: None,
            value,
            attributes: sys::PropertyAttributes::writable
                | sys::PropertyAttributes::enumerable
                | sys::PropertyAttributes::configurable,
            data: ptr::null_mut(),
        };
        // SAFETY: as `new` was promised, with handles of the same scope.
        napi::check_status!(unsafe { sys::napi_define_properties(self.env, object, 1, &property) })
    }

    /// A typed array of Uint8, Uint32, Float32 or Float64, or what JavaScript makes one of.
    fn numbers<T: bytemuck::NoUninit>(self, element: Element, numbers: &[T]) -> napi::Result<sys::napi_value> {
        let bytes: &[u8] = bytemuck::cast_slice(numbers);
        if bytes.len() <= SHORT {
            return self.few(element, bytes);
        }
        let kind = match element {
            Element::U32 => sys::TypedarrayType::uint32_array,
            Element::F32 => sys::TypedarrayType::float32_array,
            Element::F64 => sys::TypedarrayType::float64_array,
            _ => sys::TypedarrayType::uint8_array,
        };
        self.many(kind, numbers.len(), bytes)
    }

    /// A string with a character for the element and one for each byte.
    fn few(self, element: Element, bytes: &[u8]) -> napi::Result<sys::napi_value> {
        let mut text = [0; SHORT + 1];
        text[0] = element as u8;
        text[1..=bytes.len()].copy_from_slice(bytes);
        let mut made = ptr::null_mut();
        // SAFETY: as `new` was promised; `text` has so many bytes.
        napi::check_status!(unsafe {
            sys::napi_create_string_latin1(self.env, text.as_ptr().cast(), bytes.len() as isize + 1, &mut made)
        })?;
        Ok(made)
    }

    /// A typed array with a copy: memory of our own would cost a finalizer, which is dearer for a few numbers.
    fn many(self, kind: sys::napi_typedarray_type, length: usize, bytes: &[u8]) -> napi::Result<sys::napi_value> {
        let (mut data, mut buffer, mut made) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        // SAFETY: as `new` was promised; `data` is the memory of the buffer made just before, of that length, and no
        // JavaScript has seen it yet.
        unsafe {
            napi::check_status!(sys::napi_create_arraybuffer(self.env, bytes.len(), &mut data, &mut buffer))?;
            ptr::copy_nonoverlapping(bytes.as_ptr(), data.cast::<u8>(), bytes.len());
            napi::check_status!(sys::napi_create_typedarray(self.env, kind, length, buffer, 0, &mut made))?;
        }
        Ok(made)
    }

    pub(super) fn output(self, output: Option<Vec<u8>>) -> napi::Result<sys::napi_value> {
        let Some(output) = output else { return self.undefined() };
        // SAFETY: as `new` was promised. The memory is handed over without a copy, except where the runtime forbids
        // memory that is not its own.
        unsafe { Uint8Array::to_napi_value(self.env, Uint8Array::from(output)) }
    }
}

/// Keeps a typed array, and with it its memory, from the garbage collector.
pub(super) fn pin(env: sys::napi_env, array: sys::napi_value) -> napi::Result<sys::napi_ref, ErrorCode> {
    let mut reference = ptr::null_mut();
    // SAFETY: `array` is a live handle of this environment, on its thread.
    must(unsafe { sys::napi_create_reference(env, array, 1, &mut reference) }, "napi_create_reference")?;
    Ok(reference)
}
