//! Both versions, byte by byte, and what is neither.

use proptest::prelude::*;

use super::*;

const TCP4: &[u8] = b"PROXY TCP4 192.0.2.1 198.51.100.2 50000 443\r\n";

/// A header of version 2.
fn binary(command: u8, family_and_transport: u8, rest: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
    [&SIGNATURE[..], &[0x20 | command, family_and_transport], &length, rest].concat()
}

fn ipv4_addresses() -> Vec<u8> {
    [&[192, 0, 2, 1, 198, 51, 100, 2][..], &50_000_u16.to_be_bytes(), &443_u16.to_be_bytes()].concat()
}

fn ipv6_addresses(source: &str) -> Vec<u8> {
    let source: Ipv6Addr = source.parse().unwrap();
    [&source.octets()[..], &[0; 16], &50_000_u16.to_be_bytes(), &443_u16.to_be_bytes()].concat()
}

/// Gives `parse` what it asks for, `slice` bytes at a time; returns what comes of it, and how many bytes it took.
fn feed(bytes: &[u8], slice: usize) -> (Result<Progress, HeaderError>, usize) {
    let mut taken = 0;
    loop {
        match parse(&bytes[..taken]) {
            Ok(Progress::Needs(more)) if taken < bytes.len() => {
                assert!(more > 0);
                taken = bytes.len().min(taken + more.min(slice));
            }
            end => return (end, taken),
        }
    }
}

/// The source of a header that has a request behind it, of which nothing may be taken, however the bytes come.
fn source_of(header: &[u8]) -> Option<String> {
    let with_request = [header, b"GET / HTTP/1.1\r\n\r\n"].concat();
    let ends = [1, 2, 3, 7, usize::MAX / 2].map(|slice| feed(&with_request, slice));
    let (Ok(Progress::Done(Header { source })), taken) = ends[0] else { panic!("{:?}", ends[0]) };
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
    assert_eq!(taken, header.len());
    source.map(|source| source.to_string())
}

fn error_of(bytes: &[u8]) -> HeaderError {
    let ends = [1, usize::MAX / 2].map(|slice| feed(bytes, slice).0.unwrap_err());
    assert_eq!(ends[0], ends[1]);
    ends[0]
}

#[test]
fn a_line_tells_the_source() {
    assert_eq!(source_of(TCP4).unwrap(), "192.0.2.1:50000");
    let tcp6 = b"PROXY TCP6 2001:db8::1 2001:db8::2 50000 443\r\n";
    assert_eq!(source_of(tcp6).unwrap(), "[2001:db8::1]:50000");
    let mapped = b"PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n";
    assert_eq!(source_of(mapped).unwrap(), "192.0.2.1:1");
}

#[test]
fn an_unknown_line_leaves_the_source_open() {
    for line in
        ["PROXY UNKNOWN\r\n", "PROXY UNKNOWN ffff::f ffff::f 65535 65535\r\n", "PROXY UNKNOWN a\tb\r\n"]
    {
        assert_eq!(source_of(line.as_bytes()), None, "{line}");
    }
    let longest = format!("PROXY UNKNOWN {}\r\n", "x".repeat(MAX_LINE - 16));
    assert_eq!(longest.len(), MAX_LINE);
    assert_eq!(source_of(longest.as_bytes()), None);
}

#[test]
fn what_is_no_right_line_is_refused() {
    for line in [
        "PROXY \r\n.......",
        "PROXY TCP4\r\n....",
        "PROXY TCP5 1.1.1.1 1.1.1.1 1 1\r\n",
        "PROXY TCP4 1.1.1.1 1.1.1.1 1\r\n",
        "PROXY TCP4 1.1.1.1 1.1.1.1 1 1 1\r\n",
        "PROXY TCP4  1.1.1.1 1.1.1.1 1 1\r\n",
        "PROXY TCP4 1.1.1.1 1.1.1.1 1 65536\r\n",
        "PROXY TCP4 1.1.1.1 1.1.1.1 +1 1\r\n",
        "PROXY TCP4 1.1.1.1 1.1.1.1 01 1\r\n",
        "PROXY TCP4 1.1.1.1 ::1 1 1\r\n",
        "PROXY TCP6 1.1.1.1 ::1 1 1\r\n",
        "PROXY TCP4 1.1.1.256 1.1.1.1 1 1\r\n",
        "PROXY TCP4 1.1.1.1 1.1.1.1 1 1\n\r\n",
        "PROXY unknown\r\n",
    ] {
        assert_eq!(error_of(line.as_bytes()), HeaderError::Line, "{line:?}");
    }
    let endless = format!("PROXY UNKNOWN {}", "x".repeat(200));
    assert_eq!(error_of(endless.as_bytes()), HeaderError::Line);
}

#[test]
fn a_binary_header_tells_the_source() {
    assert_eq!(source_of(&binary(1, 0x11, &ipv4_addresses())).unwrap(), "192.0.2.1:50000");
    assert_eq!(source_of(&binary(1, 0x12, &ipv4_addresses())).unwrap(), "192.0.2.1:50000");
    assert_eq!(source_of(&binary(1, 0x21, &ipv6_addresses("2001:db8::1"))).unwrap(), "[2001:db8::1]:50000");
    assert_eq!(source_of(&binary(1, 0x21, &ipv6_addresses("::ffff:192.0.2.1"))).unwrap(), "192.0.2.1:50000");
}

#[test]
fn what_follows_the_addresses_is_skipped() {
    let tlvs = [&[0x04, 0, 3][..], b"NOP", &[0x20, 0, 5, 1, 0, 0, 0, 0]].concat();
    assert_eq!(source_of(&binary(1, 0x11, &[ipv4_addresses(), tlvs].concat())).unwrap(), "192.0.2.1:50000");
    let most = [ipv4_addresses(), vec![0; MAX_LENGTH - FIXED - 12]].concat();
    assert_eq!(source_of(&binary(1, 0x11, &most)).unwrap(), "192.0.2.1:50000");
}

#[test]
fn local_unspecified_and_unix_headers_leave_the_source_open() {
    assert_eq!(source_of(&binary(0, 0x00, &[])), None);
    assert_eq!(source_of(&binary(0, 0x11, &ipv4_addresses())), None);
    assert_eq!(source_of(&binary(1, 0x00, b"whatever")), None);
    assert_eq!(source_of(&binary(1, 0x31, &[b'/'; 216])), None);
}

#[test]
fn what_is_no_right_binary_header_is_refused() {
    assert_eq!(error_of(&binary(2, 0x11, &ipv4_addresses())), HeaderError::Command(2));
    assert_eq!(error_of(&binary(1, 0x41, &ipv4_addresses())), HeaderError::Family(0x41));
    assert_eq!(error_of(&binary(1, 0x13, &ipv4_addresses())), HeaderError::Family(0x13));
    assert_eq!(error_of(&binary(1, 0x11, &ipv4_addresses()[..11])), HeaderError::Short);
    assert_eq!(error_of(&binary(1, 0x21, &ipv4_addresses())), HeaderError::Short);
    assert_eq!(error_of(&binary(1, 0x31, &[0; 215])), HeaderError::Short);
    let mut version = binary(1, 0x11, &ipv4_addresses());
    version[12] = 0x11;
    assert_eq!(error_of(&version), HeaderError::Version(1));
}

#[test]
fn a_header_that_announces_too_much_is_refused_before_it_comes() {
    let announced = [&SIGNATURE[..], &[0x21, 0x11, 0xff, 0xff]].concat();
    assert_eq!(error_of(&announced), HeaderError::TooLong(FIXED + 0xffff));
}

#[test]
fn a_connection_without_a_header_is_noticed_at_once() {
    for start in ["GET / HTTP/1.1\r\n\r\n", "PROXIES", "\r\n\r\nGET", "\u{16}\u{3}\u{1}"] {
        assert_eq!(error_of(start.as_bytes()), HeaderError::Absent, "{start:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic_or_ask_for_more_than_a_header(
        start in prop::sample::select(vec![&b""[..], b"PROXY ", b"PROXY TCP4 1.1.1.1 ", SIGNATURE]),
        rest in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let bytes = [start, &rest].concat();
        let (end, taken) = feed(&bytes, usize::MAX / 2);
        prop_assert!(taken <= MAX_LENGTH);
        if let Ok(Progress::Needs(more)) = end {
            prop_assert!(taken + more <= MAX_LENGTH);
        }
    }
}
