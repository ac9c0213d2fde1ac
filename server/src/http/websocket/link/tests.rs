use super::*;
use crate::http::fan_out::Framing;
use tokio::io::{DuplexStream, duplex};
use tokio::time::Instant;

const INTERVAL: Duration = Duration::from_secs(20);

fn link(capacity: usize) -> (Link<DuplexStream>, DuplexStream) {
    let (near, far) = duplex(capacity);
    (Link::new(near, Speech::new(INTERVAL), Bytes::new()), far)
}

async fn read(stream: &mut DuplexStream, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).await.unwrap();
    bytes
}

/// Serves `link` until it ends by itself.
async fn end_of(mut link: Link<DuplexStream>) -> Parting {
    link.until(std::future::pending::<()>()).await.unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn a_client_that_answers_no_ping_is_given_up_after_two() {
    let (link, mut client) = link(1024);
    let started = Instant::now();
    assert_eq!(end_of(link).await, Parting::Ours(Departure::Silent));
    assert_eq!(started.elapsed(), INTERVAL * 3);
    assert_eq!(read(&mut client, 4).await, [0x89, 0, 0x89, 0]);
}

#[tokio::test(start_paused = true)]
async fn any_byte_of_the_client_is_a_sign_of_life() {
    let (link, mut client) = link(1024);
    let started = Instant::now();
    let serving = tokio::spawn(end_of(link));
    for _ in 0..5 {
        assert_eq!(read(&mut client, 2).await, [0x89, 0]);
        client.write_all(&[0x8a, 0x80, 1, 2, 3, 4]).await.unwrap();
    }
    drop(client);
    assert_eq!(serving.await.unwrap(), Parting::Ours(Departure::ClientLeft));
    assert_eq!(started.elapsed(), INTERVAL * 5);
}

#[tokio::test(start_paused = true)]
async fn a_ping_is_answered_with_its_payload_while_nothing_else_is_written() {
    let (link, mut client) = link(1024);
    let serving = tokio::spawn(end_of(link));
    client.write_all(&[0x89, 0x82, 0, 0, 0, 0, b'h', b'i']).await.unwrap();
    assert_eq!(read(&mut client, 4).await, [0x8a, 2, b'h', b'i']);
    drop(client);
    serving.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_pings_that_nobody_reads_the_answers_of_is_not_stored() {
    let (mut link, mut client) = link(64);
    link.outbox.push(Framing::WebSocket, &[Bytes::from(vec![7; 10_000])][..]);
    let serving = tokio::spawn(link.into_parts());
    for payload in 0..100 {
        client.write_all(&[0x89, 0x81, 0, 0, 0, 0, payload]).await.unwrap();
    }
    read(&mut client, 4 + 10_000).await;
    let Ok((stream, speech)) = serving.await.unwrap() else { panic!("the client is there") };
    // Only the newest is answered, once there is room.
    let serving = tokio::spawn(end_of(Link::resume(stream, speech, Outbox::default(), false)));
    assert_eq!(read(&mut client, 3).await, [0x8a, 1, 99]);
    drop(client);
    serving.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_close_is_echoed_and_then_the_connection_ends() {
    let (mut link, mut client) = link(1024);
    client.write_all(&[0x88, 0x82, 0, 0, 0, 0, 0x0f, 0xa1]).await.unwrap();
    let parting = link.until(std::future::pending::<()>()).await.unwrap_err();
    assert_eq!(parting, Parting::Theirs(Some(4001)));
    link.close(&parting).await;
    let mut all = Vec::new();
    client.read_to_end(&mut all).await.unwrap();
    assert_eq!(all, [0x88, 2, 0x0f, 0xa1]);
}

#[tokio::test(start_paused = true)]
async fn our_close_waits_for_the_clients_but_not_for_long() {
    let (link, mut client) = link(1024);
    let started = Instant::now();
    link.close(&Parting::Ours(Departure::NotFound)).await;
    assert_eq!(started.elapsed(), CLOSE_TIMEOUT);
    let mut all = Vec::new();
    client.read_to_end(&mut all).await.unwrap();
    assert_eq!(all, [&[0x88, 18, 0x11, 0x34][..], b"stream not found"].concat());
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_write_goes_on_where_it_was() {
    let (mut link, mut client) = link(16);
    let payload: Vec<u8> = (0..=255).collect();
    link.outbox.push(Framing::WebSocket, &[Bytes::from(payload.clone())][..]);
    let mut got: Vec<u8> = Vec::new();
    while got.len() < 4 + payload.len() {
        let mut some = [0; 5];
        tokio::select! {
            biased;
            count = client.read(&mut some) => got.extend_from_slice(&some[..count.unwrap()]),
            turned = link.turn() => turned.unwrap(),
        }
    }
    assert_eq!(got[4..], payload);
}

#[tokio::test(start_paused = true)]
async fn what_came_with_the_handshake_is_heard() {
    let (near, mut client) = duplex(1024);
    let ping = Bytes::from_static(&[0x89, 0x82, 0, 0, 0, 0, b'h', b'i']);
    let serving = tokio::spawn(end_of(Link::new(near, Speech::new(INTERVAL), ping)));
    assert_eq!(read(&mut client, 4).await, [0x8a, 2, b'h', b'i']);
    drop(client);
    serving.await.unwrap();
}
