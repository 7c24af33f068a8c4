//! What is asked for over HTTP.

use tokio_tungstenite::tungstenite::http::{Response, StatusCode};

use crate::support::Site;

fn header<'a>(response: &'a Response<Vec<u8>>, name: &str) -> &'a str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let site = Site::start().await;
    for path in [
        "/",
        "/k7m2-9xqd-4tza",
        "/no/such/page",
        "/healthz",
        "/pkg/baylanys.js",
        "/pkg/none.js",
        "/favicon.svg",
        "/ws",
        "/api/none",
    ] {
        let response = site.get(path).await;
        for (name, value) in [
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(header(&response, name), value, "{name} of {path}");
        }
        assert!(header(&response, "permissions-policy").contains("camera=(self), microphone=(self)"), "{path}");
        let policy = header(&response, "content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'") && !policy.contains("http"), "{policy}");
    }
}

#[tokio::test]
async fn health_is_one_word() {
    let site = Site::start().await;
    let response = site.get("/healthz").await;
    assert_eq!((response.status(), response.body().as_slice()), (StatusCode::OK, &b"ok"[..]));
}

#[tokio::test]
async fn pages_are_found_and_not_kept() {
    let site = Site::start().await;
    for (path, status, robots) in [
        ("/", StatusCode::OK, ""),
        ("/k7m2-9xqd-4tza", StatusCode::OK, "noindex"),
        ("/K7M29XQD4TZA", StatusCode::OK, "noindex"),
        ("/nothing", StatusCode::NOT_FOUND, "noindex"),
        ("/no/such/page", StatusCode::NOT_FOUND, "noindex"),
        ("/../Cargo.toml", StatusCode::NOT_FOUND, "noindex"),
        ("/%2e%2e/%2e%2e/etc/passwd", StatusCode::NOT_FOUND, "noindex"),
    ] {
        let response = site.get(path).await;
        assert_eq!((response.status(), header(&response, "x-robots-tag")), (status, robots), "{path}");
        assert_eq!(header(&response, "cache-control"), "no-store", "{path}");
        assert!(header(&response, "content-type").starts_with("text/html"), "{path}");
    }
    assert_eq!(site.request("POST", "/", &[], "").await.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn files_have_their_kind_and_their_compression() {
    let site = Site::start().await;
    let wasm = site.request("GET", "/pkg/baylanys.wasm", &[("accept-encoding", "br, gzip")], "").await;
    assert_eq!(header(&wasm, "content-type"), "application/wasm");
    assert_eq!(header(&wasm, "content-encoding"), "br");
    let script = site.request("GET", "/pkg/baylanys.js", &[("accept-encoding", "gzip")], "").await;
    assert_eq!(header(&script, "content-type"), "text/javascript");
    assert_eq!(header(&script, "content-encoding"), "gzip");
    assert_eq!(header(&script, "cache-control"), "no-cache", "without a hash in its name it may change");
    let icon = site.get("/favicon.svg").await;
    assert_eq!((header(&icon, "content-type"), header(&icon, "cache-control")), ("image/svg+xml", "public, max-age=3600"));
    let missing = site.get("/pkg/none.js").await;
    assert_eq!((missing.status(), header(&missing, "cache-control")), (StatusCode::NOT_FOUND, ""));
}

#[tokio::test]
async fn server_functions_are_not_for_other_sites() {
    let site = Site::start().await;
    let form = ("content-type", "application/x-www-form-urlencoded");
    let ask = async |headers: &[(&str, &str)], body: &str| site.request("POST", "/api/create_room", headers, body).await.status();
    assert_eq!(ask(&[form, ("origin", "https://evil.example")], "").await, StatusCode::FORBIDDEN);
    assert_eq!(ask(&[form, ("origin", "null")], "").await, StatusCode::FORBIDDEN);
    assert_eq!(ask(&[form, ("origin", &site.origin())], "").await, StatusCode::OK);
    assert_eq!(ask(&[form], &"x".repeat(17 * 1024)).await, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(site.get("/api/create_room").await.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn the_configured_ice_servers_are_told() {
    let site = Site::start_with(|config| {
        config.hide_addresses = true;
        config.ice_servers = vec!["turn:turn.example,user,secret".parse().expect("an ICE server")];
    })
    .await;
    let ice = site.ice_servers(&site.token().await).await.expect("a session");
    let servers = ice.servers;
    assert_eq!((servers.len(), ice.hide_addresses), (1, true));
    assert_eq!(
        (servers[0].urls.as_slice(), servers[0].username.as_deref()),
        (&["turn:turn.example".to_owned()][..], Some("user"))
    );
}

/// What `app` renders, as far as the server has a part in it.
mod rendered {
    use super::*;

    fn html(response: &Response<Vec<u8>>) -> &str {
        std::str::from_utf8(response.body()).expect("UTF-8")
    }

    #[tokio::test]
    async fn the_first_byte_is_in_the_visitors_language() {
        let site = Site::start().await;
        for (headers, language, text) in [
            (&[("accept-language", "ru-RU,ru;q=0.9,en;q=0.5")][..], "ru", "Подключиться"),
            (&[("accept-language", "en-GB")], "en", "Connect"),
            (&[("accept-language", "kk")], "kk", "Жалғану"),
            (&[("accept-language", "en"), ("cookie", "locale=ru")], "ru", "Подключиться"),
            (&[], "kk", "Жалғану"),
        ] {
            let response = site.request("GET", "/", headers, "").await;
            let html = html(&response);
            assert!(html.contains(&format!("<html lang=\"{language}\"")) && html.contains(text), "{headers:?}: {html}");
        }
    }

    #[tokio::test]
    async fn the_policys_nonce_is_the_scripts_and_new_each_time() {
        let site = Site::start().await;
        let mut nonces = Vec::new();
        for _ in 0..2 {
            let response = site.get("/").await;
            let policy = header(&response, "content-security-policy");
            let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce").to_owned();
            let html = html(&response);
            let scripts = html.matches("<script").count();
            assert!(scripts > 0);
            assert_eq!(html.matches(&format!("nonce=\"{nonce}\"")).count(), scripts, "{html}");
            assert!(!html.contains(" style=\""), "the policy forbids style attributes");
            nonces.push(nonce);
        }
        assert_ne!(nonces[0], nonces[1]);
    }
}
