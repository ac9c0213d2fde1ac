//! Clients that ask without end and take nothing, or a byte now and then: the server stops to read, and ends them.

use super::case::{Case, case};
use super::speech::{call, connected, message, name, ping, play, playing, publishing};

/// What is answered: the flood, and its name.
fn floods() -> Vec<(&'static str, Vec<u8>)> {
    let asked = |name: &str| call(name, 9.0, 0, Vec::new()).repeat(500);
    let window = |window: u8| message(6, 0, &[0, 0, 0, window, 0]);
    vec![
        ("pings", ping(7).repeat(4000)),
        ("createStream", asked("createStream")),
        ("FCPublish", asked("FCPublish")),
        ("_checkbw", asked("_checkbw")),
        ("calls of nobody's", asked("x")),
        ("getStreamLength", asked("getStreamLength")),
        ("windows", [window(1), window(2)].concat().repeat(1000)),
    ]
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (what, bytes) in floods() {
        let publisher = case(format!("a publisher floods {what}")).send(publishing(&name()));
        cases.push(publisher.flood(&bytes));
        let player = case(format!("a player floods {what}")).send(playing("watched"));
        cases.push(player.flood(&bytes));
        let idle = case(format!("one who does neither floods {what}")).send(connected());
        cases.push(idle.flood(&bytes));
    }
    let pings = ping(7).repeat(4000);
    let stop = call("closeStream", 0.0, 1, Vec::new());
    // Every read is acknowledged.
    let acknowledged = [publishing(&name()), message(5, 0, &[0, 0, 0, 1])].concat();
    let audio = message(8, 1, &[0xaf, 1, 0x21]).repeat(50);
    cases.extend([
        case("a player floods and reads a little").send(playing("watched")).flood_and_read_little(&pings),
        case("a publisher floods and reads a little").send(publishing(&name())).flood_and_read_little(&pings),
        case("a player begins and stops without end")
            .send(playing("watched"))
            .flood([stop, play(1, "watched")].concat().repeat(100)),
        case("a player sends media, and pings")
            .send(playing("watched"))
            .flood([audio.clone(), pings.clone()].concat()),
        case("a publisher sends media, and pings").send(acknowledged).flood([audio, pings].concat()),
    ]);
    // What wants no answer is read as fast as it comes, and costs nothing.
    let much = |what: &str, bytes: Vec<u8>| case(what).send(publishing(&name())).send(bytes.repeat(50));
    cases.extend([
        much("acknowledgements without end", message(3, 0, &[0; 4]).repeat(2000)),
        much("calls that want no answer", call("x", 0.0, 0, Vec::new()).repeat(1000)),
        much("malformed control messages", message(4, 0, &[0]).repeat(2000)),
        much("data of no meaning", message(18, 1, &[0xff; 500]).repeat(50)),
    ]);
    cases
}
