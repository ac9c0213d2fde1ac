use std::io::{Read, Write};

use super::*;

fn config(rtmp_listeners: usize) -> Arc<Config> {
    let mut config = Config::default();
    config.rtmp.listen = vec![([127, 0, 0, 1], 0).into(); rtmp_listeners];
    config.http_server.enabled = true;
    config.http_server.listen = config.rtmp.listen.clone();
    config.http_api.enabled = true;
    config.http_api.listen = vec![config.rtmp.listen[0]];
    Arc::new(config)
}

fn addresses(server: &Server) -> [Vec<SocketAddr>; 3] {
    [server.rtmp_addresses(), server.http_addresses(), server.api_addresses()]
}

#[tokio::test]
async fn a_listener_on_port_0_keeps_its_own_socket_and_takes_nobody_elses() {
    let mut server = Server::start(&config(1)).unwrap();
    let before = addresses(&server);
    assert_eq!(before.each_ref().map(Vec::len), [1, 1, 1]);

    server.reload(&config(3)).unwrap();
    let more = addresses(&server);
    assert_eq!(more.each_ref().map(Vec::len), [3, 3, 1]);
    for (before, more) in before.iter().zip(&more) {
        assert_eq!(before[0], more[0], "what was there stays");
    }
    let mut ports: Vec<_> = more.concat().iter().map(SocketAddr::port).collect();
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), 7, "{more:?}");

    server.reload(&config(2)).unwrap();
    assert_eq!(addresses(&server), [more[0][..2].to_vec(), more[1][..2].to_vec(), more[2].clone()]);
    server.shutdown().await;
}

#[tokio::test]
async fn a_lowered_limit_and_a_graceful_stop_together_cut_nobody() {
    let limited = |max_connections| Arc::new(Config { max_connections, ..Config::clone(&config(1)) });
    let mut server = Server::start(&limited(10)).unwrap();
    let address = server.http_addresses()[0];
    let mut clients: Vec<_> = (0..5).map(|_| std::net::TcpStream::connect(address).unwrap()).collect();
    while server.connections.open() < clients.len() {
        tokio::task::yield_now().await;
    }
    server.reload(&limited(2)).unwrap();
    server.retire();
    while let Some(client) = clients.pop() {
        let idle = tokio::time::timeout(std::time::Duration::from_millis(50), server.idle()).await;
        assert!(idle.is_err(), "it waits for {} connections", clients.len() + 1);
        assert_eq!(server.connections.open(), clients.len() + 1);
        drop(client);
        while server.connections.open() > clients.len() {
            tokio::task::yield_now().await;
        }
    }
    server.idle().await;
    server.shutdown().await;
}

#[tokio::test]
async fn who_has_connected_when_the_server_retires_is_served() {
    let mut server = Server::start(&config(1)).unwrap();
    let address = server.http_addresses()[0];
    // Without giving way to the server's tasks: nobody has accepted it.
    let mut client = std::net::TcpStream::connect(address).unwrap();
    client.write_all(b"GET /api/v1/none HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").unwrap();
    server.retire();
    server.idle().await;
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    server.shutdown().await;
}
