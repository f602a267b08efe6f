//! The header of a zstd frame, and where the frame ends (RFC 8878, section 3.1).
//!
//! The library has functions for that, but they read the caller's bytes several times over and would have to be given a
//! private copy of all of them; and they do not say how far they are ready to search.

/// The bytes by which a frame begins.
const MAGIC: u32 = 0xfd2f_b528;

/// By one of these sixteen begins a frame that decoders skip.
const SKIPPABLE: u32 = 0x184d_2a50;

/// What is found at the beginning of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// A frame of so many bytes that is none of a decoder's business.
    Skippable(usize),
    /// A frame with data.
    Data(Header),
}

/// What a frame says of itself. Not to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// The bytes of the header.
    pub(super) length: usize,
    /// How far back the data refers.
    pub(super) window: u64,
    /// The bytes of the data.
    pub(super) content: Option<u64>,
    /// The dictionary that is needed, 0 if none.
    pub(super) dictionary: u32,
    /// Whether a checksum of four bytes follows on the last block.
    pub(super) checksum: bool,
}

/// What is wrong with the beginning of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It is cut off.
    Truncated,
    /// It is none.
    NoFrame,
    /// A bit is set that has no meaning yet.
    Reserved,
}

/// Reads what `bytes` begin by.
pub(super) fn frame(bytes: &[u8]) -> Result<Frame, Wrong> {
    if bytes.len() < 4 && !is_cut_magic(bytes) {
        return Err(Wrong::NoFrame);
    }
    let magic = little(bytes, 0, 4)? as u32;
    if magic & !0xf == SKIPPABLE {
        let length = little(bytes, 4, 4)?;
        return Ok(Frame::Skippable(usize::try_from(length + 8).map_err(|_| Wrong::Truncated)?));
    }
    if magic != MAGIC {
        return Err(Wrong::NoFrame);
    }
    let descriptor = little(bytes, 4, 1)?;
    if descriptor & 0b1000 != 0 {
        return Err(Wrong::Reserved);
    }
    let single_segment = descriptor & 0b10_0000 != 0;
    let mut at = 5;
    let mut window = 0;
    if !single_segment {
        let byte = little(bytes, at, 1)?;
        let base = 1 << (10 + (byte >> 3));
        window = base + base / 8 * (byte & 7);
        at += 1;
    }
    let dictionary_bytes = [0, 1, 2, 4][(descriptor & 0b11) as usize];
    let dictionary = little(bytes, at, dictionary_bytes)? as u32;
    at += dictionary_bytes;
    let content_bytes = match descriptor >> 6 {
        0 => usize::from(single_segment),
        power => 1 << power,
    };
    let mut content = little(bytes, at, content_bytes)?;
    at += content_bytes;
    if content_bytes == 2 {
        content += 256;
    }
    if single_segment {
        window = content;
    }
    Ok(Frame::Data(Header {
        length: at,
        window,
        content: (content_bytes > 0).then_some(content),
        dictionary,
        checksum: descriptor & 0b100 != 0,
    }))
}

/// Whether a frame may have begun by so few bytes.
fn is_cut_magic(bytes: &[u8]) -> bool {
    let skippable = SKIPPABLE.to_le_bytes();
    let of_skippable = |(at, byte): (usize, &u8)| if at == 0 { byte & !0xf } else { *byte } == skippable[at];
    MAGIC.to_le_bytes().starts_with(bytes) || bytes.iter().enumerate().all(of_skippable)
}

/// The bytes of the whole frame by which `bytes` begin; None if it does not end within them.
pub(super) fn extent(bytes: &[u8], header: &Header) -> Option<usize> {
    let mut at = header.length;
    loop {
        let block = little(bytes, at, 3).ok()?;
        let (last, kind, size) = (block & 1 == 1, block >> 1 & 3, (block >> 3) as usize);
        at += 3;
        at += match kind {
            // One byte, repeated.
            1 => 1,
            0 | 2 => size,
            _ => return None,
        };
        if last {
            break;
        }
    }
    at += if header.checksum { 4 } else { 0 };
    (at <= bytes.len()).then_some(at)
}

/// The number in `count` bytes at `at`, the lowest first.
fn little(bytes: &[u8], at: usize, count: usize) -> Result<u64, Wrong> {
    let bytes = at.checked_add(count).and_then(|end| bytes.get(at..end)).ok_or(Wrong::Truncated)?;
    Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Kind, noise};
    use super::*;
    use zstd_safe::{CCtx, CParameter, find_frame_compressed_size, get_frame_content_size};

    fn compressed(length: usize, parameters: &[CParameter]) -> Vec<u8> {
        let mut context = CCtx::create();
        for parameter in parameters {
            context.set_parameter(*parameter).unwrap();
        }
        let bytes = noise(Kind::Text, length);
        let mut packed = vec![0; zstd_safe::compress_bound(length)];
        let written = context.compress2(&mut packed[..], &bytes).unwrap();
        packed.truncate(written);
        packed
    }

    #[test]
    fn agrees_with_the_library() {
        for length in [0, 1, 255, 256, 65_791, 65_792, 300_000, 3_000_000] {
            for checksum in [false, true] {
                for content in [false, true] {
                    let parameters = [CParameter::ChecksumFlag(checksum), CParameter::ContentSizeFlag(content)];
                    let mut packed = compressed(length, &parameters);
                    let expected = find_frame_compressed_size(&packed).unwrap();
                    packed.extend_from_slice(b"behind");
                    let Ok(Frame::Data(header)) = frame(&packed) else { panic!("{length}") };
                    assert_eq!(header.content, get_frame_content_size(&packed).unwrap());
                    assert_eq!((header.dictionary, header.checksum), (0, checksum));
                    assert!(header.window >= length.min(1024) as u64);
                    assert_eq!(extent(&packed, &header), Some(expected), "{length} {checksum} {content}");
                    assert_eq!(extent(&packed[..expected - 1], &header), None);
                }
            }
        }
    }

    #[test]
    fn every_cut_of_a_header_is_truncated() {
        let packed = compressed(300_000, &[]);
        let Ok(Frame::Data(header)) = frame(&packed) else { panic!() };
        assert!((0..header.length).all(|length| frame(&packed[..length]) == Err(Wrong::Truncated)));
        let skippable = [0x5f, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
        assert!((0..8).all(|length| frame(&skippable[..length]) == Err(Wrong::Truncated)));
        assert_eq!(frame(&skippable), Ok(Frame::Skippable(11)));
    }

    #[test]
    fn tells_what_is_no_frame() {
        assert_eq!(frame(b"PK\x03\x04"), Err(Wrong::NoFrame));
        assert_eq!(frame(b"\x1f\x8b\x08\x00\x00"), Err(Wrong::NoFrame));
        for short in [&b"\n"[..], b"\0\0\0", b"\x28\xb4", b"\x60", b"\x50\x2a\x4e"] {
            assert_eq!(frame(short), Err(Wrong::NoFrame), "{short:?}");
        }
        assert_eq!(frame(b"\x28\xb5\x2f\xfd\x08\x00"), Err(Wrong::Reserved));
        // A window of nearly 4 GiB, a dictionary, and a size of eight bytes.
        let wide = frame(b"\x28\xb5\x2f\xfd\xc1\xaf\x07\x00\x00\x00\x00\x00\x00\x00\x80").unwrap();
        let expected =
            Header { length: 15, window: (1 << 31) / 8 * 15, content: Some(1 << 63), dictionary: 7, checksum: false };
        assert_eq!(wide, Frame::Data(expected));
    }
}
