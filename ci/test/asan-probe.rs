//! Reads one byte past a heap allocation as soon as it is loaded. `ci/test/sanitize.js` loads it to see that AddressSanitizer
//! finds that.

use std::hint::black_box;

#[used]
#[unsafe(link_section = ".init_array")]
static WHEN_LOADED: extern "C" fn() = read_past_the_end;

extern "C" fn read_past_the_end() {
    let bytes = black_box(vec![1u8; 16]);
    // SAFETY: none, on purpose. It is what the instrument has to report.
    black_box(unsafe { *bytes.as_ptr().add(black_box(bytes.len())) });
}
