//! Header compression (RFC 7541), as far as a viewer needs it: nothing compressed, nothing remembered.

/// `:method: GET` and `:scheme: https` of the static table.
const METHOD_GET: u8 = 0x80 | 2;
const SCHEME_HTTPS: u8 = 0x80 | 7;
/// Literals that are not to be indexed, by the name's place in the static table.
const AUTHORITY: u8 = 1;
const PATH: u8 = 4;
/// `:status: 200` of the static table.
const STATUS_200: u8 = 0x80 | 8;

/// The header block of a GET request.
pub(super) fn get(authority: &str, path: &str) -> Vec<u8> {
    let mut block = vec![METHOD_GET, SCHEME_HTTPS];
    for (name, value) in [(AUTHORITY, authority), (PATH, path)] {
        block.push(name);
        push_length(&mut block, value.len());
        block.extend_from_slice(value.as_bytes());
    }
    block
}

/// Whether a response's header block says status 200.
///
/// A status that is spelt out instead of taken from the table counts as another: no server does that with 200.
pub(super) fn is_status_200(mut block: &[u8]) -> bool {
    // The size of the table may be told before the first field (section 6.3).
    while let [first, rest @ ..] = block
        && first & 0xe0 == 0x20
    {
        block = rest;
        if first & 0x1f == 0x1f {
            let more = block.iter().take_while(|byte| *byte & 0x80 != 0).count();
            block = block.get(more + 1..).unwrap_or_default();
        }
    }
    block.first() == Some(&STATUS_200)
}

/// The length of a string that is not Huffman-coded: an integer with a prefix of 7 bits (section 5.1).
fn push_length(block: &mut Vec<u8>, len: usize) {
    const PREFIX_MAX: usize = 0x7f;
    if len < PREFIX_MAX {
        block.push(u8::try_from(len).unwrap_or(0));
        return;
    }
    block.push(0x7f);
    let mut rest = len - PREFIX_MAX;
    while rest >= 0x80 {
        block.push(0x80 | u8::try_from(rest & 0x7f).unwrap_or(0));
        rest >>= 7;
    }
    block.push(u8::try_from(rest).unwrap_or(0));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_literals_behind_method_and_scheme() {
        let block = get("a:1", "/live/x.flv");
        assert_eq!(block, b"\x82\x87\x01\x03a:1\x04\x0b/live/x.flv");
    }

    #[test]
    fn a_long_path_has_its_length_in_several_bytes() {
        // RFC 7541 section C.1.2 has 1337 with a prefix of 5 bits; with 7 it is 127 + 1210 = 127 + 9 * 128 + 58.
        let path = "/".repeat(1337);
        let block = get("", &path);
        assert_eq!(block[..8], [0x82, 0x87, 0x01, 0x00, 0x04, 0x7f, 0x80 | 58, 9]);
        assert_eq!(block.len(), 8 + 1337);
        assert_eq!(get("", &"/".repeat(127))[5..7], [0x7f, 0]);
        assert_eq!(get("", &"/".repeat(126))[5..7], [0x7e, b'/']);
    }

    #[test]
    fn status_200_is_found_behind_changes_of_the_tables_size() {
        for (block, accepted) in [
            (&[0x88][..], true),
            (&[0x88, 0x5f, 0x01], true),
            (&[0x20, 0x88], true),
            (&[0x3f, 0xe1, 0x1f, 0x88], true),
            (&[0x8d], false),
            (&[0x48, 0x03], false),
            (&[0x20], false),
            (&[0x3f, 0xff], false),
            (&[], false),
        ] {
            assert_eq!(is_status_200(block), accepted, "{block:x?}");
        }
    }
}
