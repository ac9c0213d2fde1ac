use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;

use super::super::super::connection::Connection;
use super::super::all_streams::AllStreams;
use super::super::stalls::Streams;
use super::*;
use crate::settings::Settings;

fn body(parts: Vec<Result<Bytes, std::io::Error>>, stays_open: bool) -> StreamBody {
    let connection = Connection::unconnected(([127, 0, 0, 1], 1));
    let all = Arc::new(AllStreams::new(Settings::fixed(Arc::default())));
    let (streams, _) = Streams::new(connection, all, Duration::from_secs(1));
    let parts = stream::iter(parts);
    let body =
        if stays_open { Body::from_stream(parts.chain(stream::pending())) } else { Body::from_stream(parts) };
    StreamBody::new(body, streams.open())
}

fn data(length: usize, byte: u8) -> Result<Bytes, std::io::Error> {
    Ok(vec![byte; length].into())
}

/// The lengths of the frames that there are, then whether there may be more, or what is wrong.
async fn lengths(mut body: StreamBody) -> (Vec<usize>, &'static str) {
    let mut lengths = Vec::new();
    loop {
        let frame = tokio::select! {
            biased;
            frame = body.frame() => frame,
            () = std::future::ready(()) => return (lengths, "open"),
        };
        match frame {
            None => return (lengths, "ended"),
            Some(Err(_)) => return (lengths, "failed"),
            Some(Ok(frame)) => lengths.push(frame.into_data().unwrap().len()),
        }
    }
}

#[tokio::test]
async fn small_parts_are_gathered_without_waiting_for_more() {
    let parts = (0..10).map(|_| data(300, 1)).collect();
    assert_eq!(lengths(body(parts, true)).await, (vec![3000], "open"));
}

#[tokio::test]
async fn large_parts_are_cut_to_full_frames() {
    let parts = vec![data(2 * DATA_LEN + 5, 1), data(7, 2), data(DATA_LEN, 3)];
    assert_eq!(lengths(body(parts, true)).await, (vec![DATA_LEN, DATA_LEN, DATA_LEN, 12], "open"));
}

#[tokio::test]
async fn what_is_alone_is_passed_on_as_it_is() {
    let shared = Bytes::from(vec![1; 100]);
    let mut body = body(vec![Ok(shared.clone())], true);
    let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(frame.as_ptr(), shared.as_ptr());
}

#[tokio::test]
async fn every_byte_comes_in_its_order() {
    let sizes = [1, DATA_LEN - 1, 1, DATA_LEN, 3 * DATA_LEN + 1, 0, 12];
    let parts: Vec<_> = sizes.iter().zip(0..).map(|(&size, byte)| data(size, byte)).collect();
    let expected: Vec<u8> =
        sizes.iter().zip(0..).flat_map(|(&size, byte)| std::iter::repeat_n(byte, size)).collect();
    let collected = body(parts, false).collect().await.unwrap().to_bytes();
    assert!(collected == expected);
}

#[tokio::test]
async fn an_end_or_an_error_comes_behind_all_data() {
    assert_eq!(lengths(body(vec![data(5, 1), data(6, 1)], false)).await, (vec![11], "ended"));
    let broken = vec![data(5, 1), Err(std::io::ErrorKind::TimedOut.into())];
    assert_eq!(lengths(body(broken, true)).await, (vec![5], "failed"));
}
