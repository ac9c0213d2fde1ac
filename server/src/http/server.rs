//! The listener: accepts, limits, times and ends connections.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use futures_util::future::OptionFuture;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::Entrance;
use super::connection::Connection;
use super::fan_out::{Carrier, FanOut, Guest, Manner};
use super::handover::{Handover, Sequel};
use super::hangup::Attentive;
use super::overload::Overload;
use super::proxy_protocol::identify;
use super::socket::Socket;
use super::tcp::Tcp;
use super::{http2, tls, websocket};
use crate::accept::Accept;
use crate::connections::{Connections, Place};
use crate::settings::Settings;
use crate::shutdown::Shutdown;

/// What hyper may hold of one connection, in bytes: the head of a request, or what a viewer has not taken yet.
const BUFFER_SIZE: usize = 64 * 1024;

/// What the kernel may hold of one connection without having sent it, in bytes. Without a bound it is megabytes for a
/// viewer that stalls, and the hub would believe that the viewer has them.
const UNSENT_IN_KERNEL: u32 = 128 * 1024;

/// How long a connection may take to end when the server stops.
pub(super) const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(3);

/// Accepts connections and serves `router` on them.
pub(super) struct Server {
    pub(super) router: Router,
    pub(super) entrance: Entrance,
    /// Who speaks TLS with connections; `None` leaves them plain.
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) settings: Settings,
    /// Who may connect.
    pub(super) connections: Arc<Connections>,
    /// The streams of HTTP/2, of all connections.
    pub(super) streams: Arc<http2::AllStreams>,
    pub(super) overload: Arc<Overload>,
    /// Who serves live viewers.
    pub(super) fan_out: Arc<FanOut>,
    pub(super) shutdown: Shutdown,
}

impl Server {
    /// Runs until the listener is `retired` or the server stops, and until the last connection has gone after it.
    pub(super) async fn run(self, listener: Arc<TcpListener>, retired: Shutdown) {
        let (alive, mut gone) = mpsc::channel(1);
        let server = Arc::new(self);
        let mut accept = Accept::new(listener, "HTTP", retired);
        loop {
            let accepted = tokio::select! {
                biased;
                () = server.shutdown.requested() => break,
                accepted = accept.next() => accepted,
            };
            let Some((stream, peer)) = accepted else { break };
            server.admit(stream, peer, &alive);
        }
        drop((accept, alive));
        // Nothing is ever sent: this waits for the last connection to drop its end.
        let _ = gone.recv().await;
    }

    fn admit(self: &Arc<Self>, stream: TcpStream, peer: SocketAddr, alive: &mpsc::Sender<Infallible>) {
        match self.connections.admit(self.entrance.purpose()) {
            Ok(place) => drop(tokio::spawn(self.clone().serve_tcp(stream, peer, place, alive.clone()))),
            Err(reason) => self.overload.refuse(stream, peer, reason, self.tls.is_some()),
        }
    }

    async fn serve_tcp(
        self: Arc<Self>,
        mut stream: TcpStream,
        peer: SocketAddr,
        mut place: Place,
        alive: mpsc::Sender<Infallible>,
    ) {
        if let Err(error) = tune(&stream) {
            tracing::debug!(%peer, %error, "cannot tune the socket");
        }
        let config = self.settings.current();
        let peer = if self.entrance.streams {
            let identify = identify(&mut stream, peer, &config.http_server, &self.shutdown);
            let identified = Box::pin(identify).await;
            let Some(peer) = identified else { return };
            peer
        } else {
            peer
        };
        if let Err(reason) = place.belongs_to(peer.ip()) {
            return self.overload.refuse(stream, peer, reason, self.tls.is_some());
        }
        let connection = Arc::new(Connection::new(peer, place, alive));
        let limits = config.http_server.http;
        let Some(acceptor) = &self.tls else {
            let socket = Socket::new(Tcp::new(stream), connection.clone(), limits.send_timeout);
            // In a box each: a task is as large as the largest of its ways, and most go this one.
            return Box::pin(self.serve_http1(socket, connection)).await;
        };
        let shaking = Box::pin(tls::handshake(acceptor, stream, connection.clone(), limits));
        let shaken = tokio::select! {
            shaken = shaking => shaken,
            () = self.shutdown.requested() => return,
        };
        match shaken {
            Ok(stream) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => {
                Box::pin(self.serve_http2(stream, connection)).await;
            }
            Ok(stream) => Box::pin(self.serve_http1(stream, connection)).await,
            Err(error) => tracing::debug!(%peer, %error, "no TLS connection"),
        }
    }

    /// Serves one connection, whatever carries it, until its peer or the server ends it, or a stream goes on with it.
    async fn serve_http1(&self, stream: impl Carrier + 'static, connection: Arc<Connection>) {
        let handover = Handover::default();
        let (tagged, left) = (connection.clone(), handover.clone());
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(tagged.clone());
            request.extensions_mut().insert(left.clone());
            self.router.clone().oneshot(request)
        });
        let mut served = http1::Builder::new()
            .timer(TokioTimer::new())
            // Who has sent all it has to say gets its answer; who watches, and leaves, `Attentive` notices.
            .half_close(true)
            .header_read_timeout(self.settings.current().http_server.http.header_timeout)
            .max_buf_size(BUFFER_SIZE)
            .serve_connection(TokioIo::new(Attentive::new(stream, connection.clone())), service);
        let mut stopping = false;
        let mut patience = pin!(OptionFuture::default());
        let ended = loop {
            tokio::select! {
                ended = poll_fn(|cx| match Pin::new(&mut served).poll(cx) {
                    Poll::Pending if handover.has_begun() && connection.is_flushed() => Poll::Ready(Ok(())),
                    polled => polled,
                }) => break ended,
                // hyper does not look at a body while the socket takes nothing: to end that would not be enough.
                () = connection.kick().kicked() => return,
                () = self.shutdown.requested(), if !stopping => {
                    stopping = true;
                    Pin::new(&mut served).graceful_shutdown();
                    patience.set(Some(sleep(SHUTDOWN_PATIENCE)).into());
                }
                Some(()) = patience.as_mut() => return,
            }
        };
        if let Err(error) = ended {
            tracing::debug!(peer = %connection.peer(), %error, "HTTP connection ends");
            return;
        }
        let Some(sequel) = handover.take() else { return };
        let parts = served.into_parts();
        let (stream, ahead) = parts.io.into_inner().into_parts();
        match sequel {
            Sequel::Body { viewer, visit, chunked, .. } => {
                let manner = if chunked { Manner::Chunked } else { Manner::Bare };
                self.fan_out.seat(Guest { carrier: Box::new(stream), viewer, visit, manner });
            }
            Sequel::WebSocket(viewing) => {
                let said = [parts.read_buf, ahead].concat();
                Box::pin(websocket::serve(viewing, Box::new(stream), said.into())).await;
            }
        }
    }

    async fn serve_http2<IO>(&self, stream: IO, connection: Arc<Connection>)
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let peer = connection.peer();
        let config = self.settings.current();
        let settings = config.http_server.http;
        let limits = http2::Limits {
            streams: self.streams.clone(),
            cors: config.http_server.crossdomain,
            idle_timeout: settings.header_timeout,
            send_timeout: settings.send_timeout,
            shutdown_patience: SHUTDOWN_PATIENCE,
        };
        if let Err(error) =
            http2::serve(stream, connection, self.router.clone(), limits, &self.shutdown).await
        {
            tracing::debug!(%peer, %error, "HTTP/2 connection ends");
        }
    }
}

/// Chooses what the kernel does with a connection's bytes.
///
/// They are sent at once. Who writes gathers what belongs together, so nothing is gained by waiting for more. How many
/// may be on their way is left to the kernel, which finds out what the path holds; a fixed `SO_SNDBUF` would end that, and
/// be too much for a phone or too little for another continent. How many may wait behind those is bounded.
fn tune(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(stream).set_tcp_notsent_lowat(UNSENT_IN_KERNEL)?;
    Ok(())
}
