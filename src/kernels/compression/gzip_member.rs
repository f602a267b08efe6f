//! What stands around the compressed data of a gzip member (RFC 1952).
//!
//! ```text
//! 1f 8b  method  flags  time(4)  xfl  os   fixed part
//! length(2) subfields                      if FEXTRA: id(2) length(2) data, ...
//! name 0                                   if FNAME
//! comment 0                                if FCOMMENT
//! crc16                                    if FHCRC: of the header so far
//! deflate stream
//! crc32  length(4)                         of the uncompressed data
//! ```
//!
//! Nothing in it says where a member ends, but for two conventions for a subfield of FEXTRA, which every tool skips that
//! does not know them: `IG`, by which pgzip and mgzip note the length of a member in four bytes, and `BC` of BGZF, the
//! blocked gzip of bioinformatics, with the length less one in two bytes. Both are read here, and `IG` is written.

use super::libdeflate::crc32;

/// The bytes by which a member begins.
pub(super) const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Checksum and length.
pub(super) const TRAILER: usize = 8;

/// What [`indexed_header`] writes.
pub(super) const INDEXED_HEADER: usize = 20;

/// What [`plain_header`] writes.
pub(super) const PLAIN_HEADER: usize = 10;

/// A longer header than this is taken for damage: a name or a comment without an end.
const LONGEST_HEADER: usize = 1 << 20;

const DEFLATE: u8 = 8;
const FHCRC: u8 = 1 << 1;
const FEXTRA: u8 = 1 << 2;
const FNAME: u8 = 1 << 3;
const FCOMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0xe0;
const UNKNOWN_SYSTEM: u8 = 255;

/// The header of a member that says nothing: no name, no time.
pub(super) fn plain_header() -> [u8; PLAIN_HEADER] {
    [MAGIC[0], MAGIC[1], DEFLATE, 0, 0, 0, 0, 0, 0, UNKNOWN_SYSTEM]
}

/// The header of a member of `member` bytes, itself and the trailer included, that says so.
pub(super) fn indexed_header(member: u32) -> [u8; INDEXED_HEADER] {
    let mut header = [0; INDEXED_HEADER];
    header[..PLAIN_HEADER].copy_from_slice(&plain_header());
    header[3] = FEXTRA;
    header[10..16].copy_from_slice(&[8, 0, b'I', b'G', 4, 0]);
    header[16..].copy_from_slice(&member.to_le_bytes());
    header
}

/// What follows on the compressed data.
pub(super) fn trailer(crc: u32, length: usize) -> [u8; TRAILER] {
    let mut trailer = [0; TRAILER];
    trailer[..4].copy_from_slice(&crc.to_le_bytes());
    // The length modulo 2^32 is what the format asks for.
    trailer[4..].copy_from_slice(&(length as u32).to_le_bytes());
    trailer
}

/// A header as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Its own bytes.
    pub(super) length: usize,
    /// The bytes of the whole member, if the header says it. Not to be trusted.
    pub(super) member: Option<usize>,
}

/// What is wrong with a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It is cut off.
    Truncated,
    /// It does not begin like one.
    NoMember,
    /// It begins like one, and has something that nobody knows.
    Malformed(String),
}

/// Reads the header by which `bytes` begin.
pub(super) fn header(bytes: &[u8]) -> Result<Header, Wrong> {
    let bounded = &bytes[..bytes.len().min(LONGEST_HEADER)];
    match read(bounded) {
        Err(Wrong::Truncated) if bounded.len() < bytes.len() => {
            Err(Wrong::Malformed(format!("a header of more than {LONGEST_HEADER} bytes")))
        }
        result => result,
    }
}

fn read(bytes: &[u8]) -> Result<Header, Wrong> {
    if !bytes.starts_with(&MAGIC[..bytes.len().min(MAGIC.len())]) {
        return Err(Wrong::NoMember);
    }
    let mut cursor = Cursor { bytes, at: MAGIC.len() };
    let [method, flags] = cursor.take()?;
    if method != DEFLATE {
        return Err(Wrong::Malformed(format!("compression method {method} where 8, deflate, is the only one")));
    }
    if flags & RESERVED != 0 {
        return Err(Wrong::Malformed(format!("the reserved flags {:#04x} are set", flags & RESERVED)));
    }
    let [..]: [u8; 6] = cursor.take()?;
    let mut member = None;
    if flags & FEXTRA != 0 {
        let length = u16::from_le_bytes(cursor.take()?);
        member = member_length(cursor.slice(length.into())?);
    }
    for text in [FNAME, FCOMMENT] {
        if flags & text != 0 {
            cursor.skip_text()?;
        }
    }
    if flags & FHCRC != 0 {
        let computed = crc32(0, &bytes[..cursor.at]) as u16;
        let stored = u16::from_le_bytes(cursor.take()?);
        if computed != stored {
            let message = format!("the header's checksum is {computed:#06x}, stored is {stored:#06x}");
            return Err(Wrong::Malformed(message));
        }
    }
    Ok(Header { length: cursor.at, member })
}

/// Looks for the length of the member among the subfields of FEXTRA. Subfields that make no sense are none.
fn member_length(mut fields: &[u8]) -> Option<usize> {
    while let [first, second, low, high, rest @ ..] = fields {
        let data = rest.get(..u16::from_le_bytes([*low, *high]).into())?;
        match (first, second, data) {
            (b'I', b'G', &[a, b, c, d]) => return usize::try_from(u32::from_le_bytes([a, b, c, d])).ok(),
            (b'B', b'C', &[low, high]) => return Some(usize::from(u16::from_le_bytes([low, high])) + 1),
            _ => fields = &rest[data.len()..],
        }
    }
    None
}

/// Reads the trailer that lies at the end of `member`: checksum and length.
pub(super) fn trailer_of(member: &[u8]) -> Option<(u32, u32)> {
    let (_, &[a, b, c, d, e, f, g, h]) = member.split_last_chunk()?;
    Some((u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h])))
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn slice(&mut self, length: usize) -> Result<&'a [u8], Wrong> {
        let slice = self.bytes.get(self.at..self.at + length).ok_or(Wrong::Truncated)?;
        self.at += length;
        Ok(slice)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Wrong> {
        let (taken, _) = self.bytes.get(self.at..).and_then(<[u8]>::split_first_chunk).ok_or(Wrong::Truncated)?;
        self.at += N;
        Ok(*taken)
    }

    fn skip_text(&mut self) -> Result<(), Wrong> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let end = rest.iter().position(|byte| *byte == 0).ok_or(Wrong::Truncated)?;
        self.at += end + 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header with these flags and what follows on its fixed part.
    fn with(flags: u8, rest: &[u8]) -> Vec<u8> {
        let mut bytes = plain_header().to_vec();
        bytes[3] = flags;
        bytes.extend_from_slice(rest);
        bytes
    }

    #[test]
    fn reads_what_it_writes() {
        assert_eq!(header(&plain_header()).unwrap(), Header { length: 10, member: None });
        let indexed = header(&indexed_header(0x0102_0304)).unwrap();
        assert_eq!(indexed, Header { length: INDEXED_HEADER, member: Some(0x0102_0304) });
        assert_eq!(trailer_of(&trailer(7, 9)), Some((7, 9)));
        assert_eq!(trailer_of(&[0; 7]), None);
    }

    #[test]
    fn skips_every_optional_field() {
        let mut bytes = with(FEXTRA | FNAME | FCOMMENT | FHCRC | 1, b"\x05\x00XY\x01\x00zname\0a comment\0");
        let crc = crc32(0, &bytes) as u16;
        bytes.extend_from_slice(&crc.to_le_bytes());
        assert_eq!(header(&bytes).unwrap(), Header { length: bytes.len(), member: None });
        for length in 0..bytes.len() {
            assert_eq!(header(&bytes[..length]), Err(Wrong::Truncated), "{length}");
        }
        *bytes.last_mut().unwrap() ^= 1;
        assert!(matches!(header(&bytes), Err(Wrong::Malformed(_))));
    }

    #[test]
    fn finds_the_length_of_a_member_among_other_subfields() {
        let bgzf = with(FEXTRA, b"\x0b\x00XY\x01\x00zBC\x02\x00\x1b\x00");
        assert_eq!(header(&bgzf).unwrap().member, Some(28));
        for nonsense in [&b"\x04\x00IG\x04\x00"[..], b"\x07\x00IG\x03\x00abc", b"\x03\x00IG\x04"] {
            assert_eq!(header(&with(FEXTRA, nonsense)).unwrap().member, None);
        }
    }

    #[test]
    fn refuses_what_nobody_knows() {
        let malformed = |bytes: &[u8]| matches!(header(bytes), Err(Wrong::Malformed(_)));
        assert_eq!(header(b"\x1f\x8c").unwrap_err(), Wrong::NoMember);
        assert_eq!(header(b"P").unwrap_err(), Wrong::NoMember);
        assert!(malformed(&with(0x20, b"")));
        let mut method = with(0, b"");
        method[2] = 7;
        assert!(malformed(&method));
        assert!(malformed(&with(FNAME, &vec![b'a'; LONGEST_HEADER])));
    }
}
