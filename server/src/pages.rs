//! What is asked for over HTTP: the pages that `app` renders, the server functions, files, health.

use std::{net::IpAddr, sync::Arc, time::Duration};

use app::{PageConfig, api::Backend};
use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderName, HeaderValue, Request, StatusCode, header, request::Parts},
    middleware,
    response::{IntoResponse as _, Response},
    routing::{any, get, post},
};
use leptos::prelude::provide_context;
use protocol::{
    id::RoomCode,
    message::{EnterError, IceConfig, RoomInfo, Ticket},
};
use tower_http::{
    compression::CompressionLayer,
    limit::RequestBodyLimitLayer,
    timeout::TimeoutLayer,
    trace::{DefaultOnFailure, TraceLayer},
};
use tracing::Level;

use crate::{
    AppState, arrival, clock::Clock, config::Config, headers, health, hub::HubHandle, ice::Ice, request, site::Site, socket,
    telemetry, token::Tokens, trust,
};

/// More than any server function's arguments.
const BODY_MAX: usize = 16 * 1024;

/// What rendering a page costs, beside the request, in requests for a file.
const PAGE_COST: f64 = 9.0;

/// The whole site.
pub(crate) fn router(state: AppState) -> Router {
    // Rendering spawns; a second site in the process, as in tests, finds it done.
    _ = any_spawner::Executor::init_tokio();
    let within = Duration::from_millis(state.config.limits.function_within);
    let functions = Router::new()
        .route("/api/{*function}", post(function))
        .layer(RequestBodyLimitLayer::new(BODY_MAX))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, within));
    let log = TraceLayer::new_for_http()
        .make_span_with(telemetry::span)
        .on_request(())
        .on_response(telemetry::answered)
        .on_failure(DefaultOnFailure::new().level(Level::WARN));
    let trust = if state.authority().is_some() { trust::routes() } else { Router::new() };
    Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(health::ready))
        .route("/ws", any(socket::upgrade))
        .merge(functions)
        .merge(trust)
        .fallback(get(file_or_page))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(state.clone(), arrival::lead))
        .layer(middleware::from_fn_with_state(state.clone(), health::count))
        .layer(middleware::map_response(headers::secure))
        .layer(log)
        .with_state(state)
}

/// A file of the front end, else the page of a path.
async fn file_or_page(State(state): State<AppState>, request: Request<Body>) -> Response {
    let (asked, body) = request.into_parts();
    match state.site.file(&asked).await {
        Some(file) => file,
        None if Site::has_only_files(asked.uri.path()) => StatusCode::NOT_FOUND.into_response(),
        None => page(state, Request::from_parts(asked, body)).await,
    }
}

/// Renders the page of a path. Not cached: it holds a nonce, and a language.
async fn page(state: AppState, request: Request<Body>) -> Response {
    if let Err(wait) = state.visitors.ask(state.visitor(&request), PAGE_COST) {
        return health::too_fast(wait);
    }
    let home = request.uri().path() == "/";
    let render = leptos_axum::render_app_async_with_context(context(state), app::shell);
    let mut response = render(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if !home {
        headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
    }
    response
}

/// Runs a server function, but not for a page of another site.
async fn function(State(state): State<AppState>, request: Request<Body>) -> Response {
    let from = state.from(request.headers(), request.extensions().get().copied());
    if from == request::From::Elsewhere {
        return StatusCode::FORBIDDEN.into_response();
    }
    let mut response = leptos_axum::handle_server_fns_with_context(context(state), request).await.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What `app` finds in context.
fn context(state: AppState) -> impl Fn() + Clone + Send + Sync + 'static {
    move || {
        provide_context(state.site.assets.clone());
        provide_context(PageConfig {
            public_url: state.config.public_url.as_ref().map(ToString::to_string),
            lan_url: state.https.as_ref().and_then(|https| https.lan_url()),
            authority: state
                .authority()
                .map(|authority| app::Authority { name: authority.name().to_owned(), fingerprint: authority.fingerprint() }),
        });
        provide_context::<Arc<dyn Backend>>(state.backend.clone());
    }
}

/// What stands behind the server functions.
pub(crate) struct Functions {
    pub(crate) hub: HubHandle,
    pub(crate) config: Arc<Config>,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) clock: Arc<Clock>,
    /// The built-in TURN server, if it is on.
    pub(crate) ice: Option<Ice>,
}

impl Functions {
    fn address(&self, from: &Parts) -> IpAddr {
        request::address(&from.headers, request::peer(&from.extensions), self.config.trusted_proxy)
    }
}

impl Backend for Functions {
    fn create_room(&self, from: &Parts) -> Option<Ticket> {
        self.hub.create(self.address(from))
    }

    fn room_info(&self, from: &Parts, code: RoomCode) -> Result<RoomInfo, EnterError> {
        self.hub.info(self.address(from), code)
    }

    fn ice_servers(&self, from: &Parts, token: &str) -> Option<IceConfig> {
        let now = self.clock.now();
        let asker = self.tokens.verify(token, now).ok()?;
        let mut config = self.config.ice();
        if let (Some(ice), Some(page)) = (&self.ice, request::page_host(&from.headers, self.config.trusted_proxy)) {
            ice.add_to(&mut config, &page, asker.pid, now);
        }
        Some(config)
    }
}
