//! Publish and play on one connection: the first goes on, whatever is asked for beside it.

use super::case::{Case, case};
use super::speech::{call, connect, message, name, play, playing, publish, publishing, video};

const STARTED: &str = "NetStream.Publish.Start";
const PLAYED: &str = "NetStream.Play.Start";

pub(super) fn cases() -> Vec<Case> {
    [beside_a_publication(), beside_a_play(), one_after_another()].into_iter().flatten().collect()
}

fn beside_a_publication() -> Vec<Case> {
    let beside = |what: &str, ask: &dyn Fn(&str) -> Vec<u8>, told: &str| {
        let name = name();
        case(what).send(publishing(&name)).told(STARTED).send(ask(&name)).told(told).live(&name)
    };
    let (bad, failed) = ("NetStream.Publish.BadName", "NetStream.Play.Failed");
    vec![
        beside("another publish in another stream", &|_| publish(2, "other"), bad),
        beside("another publish in the same stream", &|_| publish(1, "other"), bad),
        beside("the same publish in another stream", &|name| publish(2, name), bad),
        beside("the same publish again", &|name| publish(1, name), bad),
        beside("a publish of another's name", &|_| publish(2, "watched"), bad),
        beside("a publish of no name", &|_| publish(2, ""), bad),
        beside("a publish of an impossible name", &|_| publish(2, "a\u{7}"), bad),
        beside("a play of another's stream", &|_| play(2, "watched"), failed),
        beside("a play of its own stream", &|name| play(2, name), failed),
        beside("a play in its own stream", &|name| play(1, name), failed),
        beside(
            "the end of what was refused",
            &|_| {
                let delete = call("deleteStream", 0.0, 0, vec![2.0.into()]);
                let close = call("closeStream", 0.0, 2, Vec::new());
                let unpublish = call("FCUnpublish", 7.0, 0, vec!["other".into()]);
                [publish(2, "other"), video(2), unpublish, close, delete].concat()
            },
            bad,
        ),
        beside("a thousand publishes", &|_| publish(2, "other").repeat(1000), bad),
        beside(
            "media of what was refused",
            &|_| [publish(2, "other"), message(9, 2, &[0x17; 50_000])].concat(),
            bad,
        ),
    ]
}

fn beside_a_play() -> Vec<Case> {
    let beside = |what: &str, bytes: Vec<u8>, told: &str| {
        // It plays on: tags come behind the refusal, and pings are answered.
        case(what).send(playing("watched")).told(PLAYED).send(bytes).told(told).told([0x27, 1, 0, 0, 0])
    };
    let (bad, failed) = ("NetStream.Publish.BadName", "NetStream.Play.Failed");
    vec![
        beside("a publish in another stream", publish(2, "other"), bad),
        beside("a publish in the stream that is played", publish(1, "watched"), bad),
        beside("another play", play(2, "watched"), failed),
        beside("the same play again", play(1, "watched"), failed),
        beside("video while playing", [video(1), connect()].concat(), "connected already"),
        beside("a thousand plays", play(2, "watched").repeat(1000), failed),
    ]
}

fn one_after_another() -> Vec<Case> {
    let stop = call("closeStream", 0.0, 1, Vec::new());
    let (first, second) = (name(), name());
    let rounds: Vec<u8> = (0..100).flat_map(|_| [publish(1, &first), stop.clone()].concat()).collect();
    vec![
        case("a publication after a play")
            .send(playing("watched"))
            .told(PLAYED)
            .send(&stop)
            .told("NetStream.Play.Stop")
            .send(publish(1, &second))
            .told(STARTED)
            .send(video(1))
            .live(&second),
        case("a play after a publication")
            .send(publishing(&name()))
            .told(STARTED)
            .send(&stop)
            .told("NetStream.Unpublish.Success")
            .send(play(1, "watched"))
            .told(PLAYED),
        case("a play and its end at once")
            .send([playing("watched"), stop.clone()].concat())
            .told("NetStream.Play.Stop"),
        case("a hundred publications")
            .send(publishing(&name()))
            .told(STARTED)
            .send(&stop)
            .send(rounds)
            .told("NetStream.Unpublish.Success"),
    ]
}
