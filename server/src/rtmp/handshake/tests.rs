use super::digest::{CLIENT_NAME, DIGEST_LEN, SERVER_NAME, Schema, sign, sign_answer, verify};
use super::*;

const S0_S1_S2_LEN: usize = 1 + 2 * PACKET_LEN;

fn packet(bytes: &[u8]) -> &[u8; PACKET_LEN] {
    bytes.try_into().unwrap()
}

/// What a server answers to C0 and `c1`, given in slices of `step` bytes.
fn answer_to(c1: &[u8; PACKET_LEN], step: usize) -> Vec<u8> {
    let mut server = ServerHandshake::new(7);
    let mut output = Vec::new();
    for slice in [&[VERSION][..], c1].concat().chunks(step) {
        let progress = server.handle_input(slice, &mut output).unwrap();
        assert_eq!(progress, Progress { used: slice.len(), done: false });
    }
    assert_eq!(output.len(), S0_S1_S2_LEN);
    assert_eq!(output[0], VERSION);
    output
}

fn client_packet(schema: Schema, seed: u64) -> [u8; PACKET_LEN] {
    let mut c1 = [0; PACKET_LEN];
    random::fill(&mut c1[8..], seed);
    c1[4..8].copy_from_slice(&[9, 0, 124, 2]);
    sign(&mut c1, schema, CLIENT_NAME);
    c1
}

#[test]
fn a_simple_client_gets_its_packet_echoed() {
    let mut c1 = [0x5a; PACKET_LEN];
    c1[4..8].fill(0);
    let output = answer_to(&c1, PACKET_LEN + 1);
    assert_eq!(output[1 + PACKET_LEN..], c1);
    assert_eq!(output[1 + 4..1 + 8], [0; 4], "a version of 0 says simple");
}

#[test]
fn a_digest_client_gets_a_signed_packet_and_a_proof_in_its_own_schema() {
    for schema in Schema::ALL {
        for seed in 0..50 {
            let c1 = client_packet(schema, seed);
            let client_digest = verify(&c1, schema, CLIENT_NAME).unwrap();
            let output = answer_to(&c1, 100);
            let (s1, s2) = output[1..].split_at(PACKET_LEN);
            assert!(verify(packet(s1), schema, SERVER_NAME).is_some());
            let mut proof = *packet(s2);
            sign_answer(&mut proof, &client_digest, SERVER_NAME);
            assert_eq!(s2[PACKET_LEN - DIGEST_LEN..], proof[PACKET_LEN - DIGEST_LEN..]);
        }
    }
}

#[test]
fn a_client_with_a_version_but_a_wrong_digest_is_served_the_simple_way() {
    let mut c1 = client_packet(Schema::DigestFirst, 3);
    c1[1500] ^= 1;
    assert_eq!(answer_to(&c1, 1)[1 + PACKET_LEN..], c1);
}

#[test]
fn a_digest_that_its_block_ends_with_is_inside_the_packet() {
    for (schema, block) in [(Schema::KeyFirst, 772), (Schema::DigestFirst, 8)] {
        // The four bytes sum up to 727, the last place.
        let mut c1 = [0; PACKET_LEN];
        c1[block..block + 4].copy_from_slice(&[255, 255, 217, 0]);
        sign(&mut c1, schema, CLIENT_NAME);
        assert!(c1[block + 764 - DIGEST_LEN..block + 764].iter().any(|&byte| byte != 0));
        assert!(verify(&c1, schema, CLIENT_NAME).is_some());
    }
}

#[test]
fn another_version_is_refused_at_its_first_byte() {
    let mut output = Vec::new();
    let rtmpe = ServerHandshake::new(1).handle_input(&[6], &mut output);
    assert_eq!(rtmpe, Err(Error::Foreign(Foreign::Rtmpe)));
    let http = ServerHandshake::new(1).handle_input(b"GET / HTTP/1.1\r\n", &mut output);
    assert_eq!(http, Err(Error::Foreign(Foreign::Http)));
    let first = ServerHandshake::new(1).handle_input(b"G", &mut output);
    assert_eq!(first, Err(Error::Version(b'G')));
    let mut client = ClientHandshake::start(1, &mut output);
    assert_eq!(client.handle_input(b"HTTP", &mut output), Err(Error::Version(b'H')));
}

#[test]
fn client_and_server_agree_in_any_slicing_and_leave_the_chunks_behind_them() {
    for step in [1, 7, 1536, 1537, 5000] {
        let mut to_server = Vec::new();
        let mut client = ClientHandshake::start(2, &mut to_server);
        let mut server = ServerHandshake::new(1);
        let mut to_client = Vec::new();
        for slice in to_server.chunks(step) {
            server.handle_input(slice, &mut to_client).unwrap();
        }
        let mut c2 = Vec::new();
        let done = to_client.chunks(step).map(|slice| client.handle_input(slice, &mut c2).unwrap().done);
        assert_eq!(done.filter(|&done| done).count(), 1);
        assert_eq!(c2, to_client[1..=PACKET_LEN], "C2 echoes S1");

        c2.extend_from_slice(b"chunk");
        let progress = server.handle_input(&c2, &mut to_client).unwrap();
        assert_eq!(progress, Progress { used: PACKET_LEN, done: true });
    }
}
