//! Pages of others, in the browsers of people who can reach the API.

use super::{get, whole};
use crate::client::{Client, ask};
use crate::site::Site;

const BROWSER: &str =
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n";

/// The status of the answer to what a browser asks for by `host`.
async fn status(site: &Site, request: &str, host: &str, headers: &str) -> u16 {
    let mut browser = Client::connect(site.address).await;
    browser.send(format!("{request} HTTP/1.1\r\nHost: {host}\r\n{BROWSER}{headers}\r\n").as_bytes()).await;
    browser.head().await.status
}

async fn site() -> Site {
    whole(|settings| {
        settings.config.http_api.raw_api = true;
        settings.config.http_api.allow_reload = true;
    })
    .await
}

#[tokio::test]
async fn a_page_of_another_site_reloads_nothing_and_disconnects_nobody() {
    let site = site().await;
    let mut reloads = site.http.take_reload_requests().unwrap();
    let _publisher = site.publish("cam").await;
    let mut viewer = Client::connect(site.address).await;
    viewer.request("GET /live/cam.flv", "").await;
    viewer.head().await;
    let clients = get(&site, "/api/v1/clients").await;
    let client = format!("/api/v1/clients/{}", clients["clients"][0]["id"].as_str().unwrap());
    let host = site.address.to_string();
    for headers in [
        "Origin: http://evil.example\r\nSec-Fetch-Site: cross-site\r\n",
        "Origin: http://evil.example\r\n",
        "Origin: null\r\n",
        "Sec-Fetch-Site: same-site\r\n",
        "Referer: http://evil.example/page\r\n",
        // An image of a page that hides where it is.
        "Accept: image/avif,image/webp,*/*\r\n",
    ] {
        for request in [
            format!("DELETE {client}"),
            "GET /api/v1/raw?rpc=reload".to_owned(),
            "HEAD /api/v1/raw?rpc=reload".to_owned(),
            "GET /api/v1/raw/?a=b&rpc=reload".to_owned(),
        ] {
            assert_eq!(status(&site, &request, &host, headers).await, 403, "{request} with {headers}");
        }
    }
    // The name of the page's own site, pointed here.
    let rebound = "Origin: http://evil.example\r\n";
    assert_eq!(status(&site, &format!("DELETE {client}"), "evil.example", rebound).await, 403);

    assert!(reloads.try_recv().is_err(), "somebody has reloaded");
    assert_eq!(get(&site, &client).await["code"], 0, "the viewer is there");

    // What is not done by a page of others is done by a page of this server, and by a program.
    let own = format!("Origin: http://{host}\r\n");
    assert_eq!(status(&site, "DELETE /api/v1/clients/nobody", &host, &own).await, 200);
    let reloading = async {
        let request = reloads.recv().await.unwrap();
        request.reply.send(Ok("nothing is different".to_owned())).unwrap();
    };
    let (reloaded, ()) = tokio::join!(status(&site, "GET /api/v1/raw?rpc=reload", &host, &own), reloading);
    assert_eq!(reloaded, 200);
    assert_eq!(ask(site.address, &format!("DELETE {client}"), "").await.head.status, 200);
}
