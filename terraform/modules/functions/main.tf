# The three HTTP functions of one region, behind one load balancer; nothing else reaches them.

locals {
  paths = jsondecode(file("${path.module}/paths.json")) # made from schemas/http_api.py

  functions = {
    # The entry point is the function's name: main.py at the root of the archive imports all three.
    enrolment = { memory = "512Mi", cpu = "1", concurrency = 40, timeout_s = 30, asgi = false }
    sessions  = { memory = "512Mi", cpu = "1", concurrency = 40, timeout_s = 30, asgi = false }
    telemetry = { memory = "2Gi", cpu = "2", concurrency = 80, timeout_s = 60, asgi = true }
  }

  environment = { # as functions/settings.py reads it
    NEURAL_ENGINE_PROJECT              = var.project
    NEURAL_ENGINE_BIGTABLE_INSTANCE    = var.stores.bigtable_instance
    NEURAL_ENGINE_BIGTABLE_APP_PROFILE = var.stores.bigtable_app_profile
    NEURAL_ENGINE_KMS_LOCATION         = var.region
    NEURAL_ENGINE_KMS_KEY_RING         = var.stores.kms_key_ring
    NEURAL_ENGINE_TELEMETRY_TOPIC      = var.stores.telemetry_topic
    NEURAL_ENGINE_DEVICE_EVENTS_TOPIC  = var.stores.device_events_topic
    NEURAL_ENGINE_TOKEN_AUDIENCE       = coalesce(var.token_audience, var.host)
    NEURAL_ENGINE_OPERATOR_ISSUER      = var.operators.issuer
    NEURAL_ENGINE_OPERATOR_AUDIENCE    = var.operators.audience
    NEURAL_ENGINE_OPERATOR_JWKS_URL    = var.operators.jwks_url
    NEURAL_ENGINE_REGION               = var.region
    NEURAL_ENGINE_EXPECTED_LATENCY_MS  = tostring(var.expected_latency_ms)
    NEURAL_ENGINE_TELEMETRY_URL        = "https://${var.host}/v1/telemetry"
  }
}

resource "google_cloudfunctions2_function" "function" {
  for_each = local.functions

  project      = var.project
  location     = var.region
  name         = "${var.name}-${each.key}"
  description  = "Neural Engine: ${each.key}."
  kms_key_name = var.kms_key

  build_config {
    runtime           = "python311"
    entry_point       = each.key
    docker_repository = var.image_repository
    service_account   = "projects/${var.project}/serviceAccounts/${var.accounts.build}"

    source {
      storage_source {
        bucket = var.source_archive.bucket
        object = var.source_archive.object
      }
    }
  }

  service_config {
    service_account_email            = var.accounts[each.key]
    ingress_settings                 = "ALLOW_INTERNAL_AND_GCLB"
    all_traffic_on_latest_revision   = true
    available_memory                 = each.value.memory
    available_cpu                    = each.value.cpu
    max_instance_request_concurrency = each.value.concurrency
    timeout_seconds                  = each.value.timeout_s
    min_instance_count               = var.instances[each.key].min
    max_instance_count               = var.instances[each.key].max
    environment_variables            = merge(local.environment, each.value.asgi ? { FUNCTION_USE_ASGI = "true" } : {})

    direct_vpc_egress = var.network == null ? null : "VPC_EGRESS_PRIVATE_RANGES_ONLY" # operators' keys are on the internet

    dynamic "direct_vpc_network_interface" {
      for_each = var.network == null ? [] : [var.network]
      content {
        network    = direct_vpc_network_interface.value.network
        subnetwork = direct_vpc_network_interface.value.subnetwork
      }
    }
  }
}

# Devices have no Google identity: the function looks at their own tokens. What the load balancer does not send, ingress
# refuses. Under domain restricted sharing, exempt these services by a tag of the organisation (terraform/README.md).
resource "google_cloud_run_service_iam_member" "devices" {
  #checkov:skip=CKV_GCP_102:devices sign in with their own keys, which IAM does not know; ingress lets only the load balancer in, and functions refuse whoever has no token
  for_each = local.functions

  project  = var.project
  location = var.region
  service  = google_cloudfunctions2_function.function[each.key].name
  role     = "roles/run.invoker"
  member   = "allUsers"
}

# The sweep: every few minutes, sessions whose lease ran out are ended. Started by a message; nobody calls it over HTTP.

resource "google_pubsub_topic" "sweep" {
  #checkov:skip=CKV_GCP_83:its messages are empty: they say that it is time
  project = var.project
  name    = "${var.name}-sweep"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
}

resource "google_cloud_scheduler_job" "sweep" {
  project     = var.project
  region      = var.region
  name        = "${var.name}-sweep"
  description = "Time to end sessions whose lease ran out."
  schedule    = "*/5 * * * *"

  pubsub_target {
    topic_name = google_pubsub_topic.sweep.id
    data       = base64encode("sweep")
  }
}

resource "google_cloudfunctions2_function" "sweep" {
  project      = var.project
  location     = var.region
  name         = "${var.name}-sweep"
  description  = "Neural Engine: ends sessions whose lease ran out."
  kms_key_name = var.kms_key

  build_config {
    runtime           = "python311"
    entry_point       = "sweep"
    docker_repository = var.image_repository
    service_account   = "projects/${var.project}/serviceAccounts/${var.accounts.build}"

    source {
      storage_source {
        bucket = var.source_archive.bucket
        object = var.source_archive.object
      }
    }
  }

  service_config {
    service_account_email          = var.accounts.sessions # it does what the sessions function does
    ingress_settings               = "ALLOW_INTERNAL_ONLY"
    all_traffic_on_latest_revision = true
    available_memory               = "512Mi"
    timeout_seconds                = 240
    max_instance_count             = 1 # a second one would find the same sessions
    environment_variables          = local.environment
  }

  event_trigger {
    event_type            = "google.cloud.pubsub.topic.v1.messagePublished"
    trigger_region        = var.region
    pubsub_topic          = google_pubsub_topic.sweep.id
    service_account_email = var.accounts.sessions
    retry_policy          = "RETRY_POLICY_DO_NOT_RETRY" # the next message comes in five minutes
  }
}

resource "google_cloud_run_service_iam_member" "sweep" {
  project  = var.project
  location = var.region
  service  = google_cloudfunctions2_function.sweep.name
  role     = "roles/run.invoker"
  member   = "serviceAccount:${var.accounts.sessions}" # the trigger calls as it
}

# What stands before them.

resource "google_compute_security_policy" "front" {
  project     = var.project
  name        = "${var.name}-front"
  description = "Rates and sizes, before anything of ours runs."
  type        = "CLOUD_ARMOR"

  adaptive_protection_config {
    layer_7_ddos_defense_config {
      enable = true
    }
  }

  rule {
    action      = "deny(403)"
    priority    = 100
    description = "Java's log4j hole: nothing here is Java, whoever asks for it is no device."
    match {
      expr {
        expression = "evaluatePreconfiguredExpr('cve-canary')"
      }
    }
  }

  rule {
    action      = "deny(403)"
    priority    = 200
    description = "More than a post can be. Bodies that do not say their size are cut off by the function."
    match {
      expr {
        expression = "has(request.headers['content-length']) && int(request.headers['content-length']) > ${var.max_body_bytes}"
      }
    }
  }

  rule {
    action      = "deny(404)"
    priority    = 300
    description = "Another host's name: a device that is told of one region stays there."
    match {
      expr {
        expression = "!has(request.headers['host']) || request.headers['host'].lower() != '${var.host}'"
      }
    }
  }

  rule {
    action      = "throttle"
    priority    = 1000
    description = "Of one address."
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"
      rate_limit_threshold {
        count        = var.requests_per_minute
        interval_sec = 60
      }
    }
  }

  rule {
    action      = "allow"
    priority    = 2147483647
    description = "What is left: every request has met the rule above."
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}

resource "google_compute_region_network_endpoint_group" "function" {
  for_each = local.functions

  project               = var.project
  name                  = "${var.name}-${each.key}"
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = google_cloudfunctions2_function.function[each.key].name
  }
}

resource "google_compute_backend_service" "function" {
  for_each = local.functions

  project               = var.project
  name                  = "${var.name}-${each.key}"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = google_compute_security_policy.front.id

  # What the TLS handshake has shown of the device; whatever a client writes there is replaced.
  custom_request_headers = length(var.device_ca_certificates) == 0 ? [] : [
    "X-Client-Cert-Present:{client_cert_present}",
    "X-Client-Cert-Chain-Verified:{client_cert_chain_verified}",
    "X-Client-Cert-Fingerprint:{client_cert_sha256_fingerprint}",
  ]

  backend {
    group = google_compute_region_network_endpoint_group.function[each.key].id
  }

  log_config {
    enable      = true
    sample_rate = each.key == "telemetry" ? 0.01 : 1 # a post a second and device
  }
}

resource "google_compute_url_map" "front" {
  project         = var.project
  name            = "${var.name}-front"
  default_service = google_compute_backend_service.function["telemetry"].id # it answers what is nobody's, with 404

  host_rule {
    hosts        = [var.host]
    path_matcher = "functions"
  }

  path_matcher {
    name            = "functions"
    default_service = google_compute_backend_service.function["telemetry"].id

    dynamic "path_rule" {
      for_each = local.paths
      content {
        paths   = path_rule.value
        service = google_compute_backend_service.function[path_rule.key].id
      }
    }
  }
}

resource "google_compute_global_address" "front" {
  project = var.project
  name    = "${var.name}-front"
}

resource "google_compute_managed_ssl_certificate" "front" {
  project = var.project
  name    = "${var.name}-${replace(var.host, ".", "-")}"

  managed {
    domains = [var.host]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_compute_ssl_policy" "front" {
  project         = var.project
  name            = "${var.name}-front"
  profile         = "RESTRICTED"
  min_tls_version = "TLS_1_2"
}

resource "google_compute_target_https_proxy" "front" {
  project           = var.project
  name              = "${var.name}-front"
  url_map           = google_compute_url_map.front.id
  ssl_certificates  = [google_compute_managed_ssl_certificate.front.id]
  ssl_policy        = google_compute_ssl_policy.front.id
  server_tls_policy = one(google_network_security_server_tls_policy.devices[*].id)
}

resource "google_compute_global_forwarding_rule" "front" {
  project               = var.project
  name                  = "${var.name}-front"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.front.id
  port_range            = "443" # there is no port 80: a token must not travel in the clear even once
  target                = google_compute_target_https_proxy.front.id
}

# Devices with TLS certificates, where asked for.

resource "google_certificate_manager_trust_config" "devices" {
  count = length(var.device_ca_certificates) == 0 ? 0 : 1

  project     = var.project
  name        = "${var.name}-devices"
  description = "Authorities that sign the certificates of devices."
  location    = "global"

  trust_stores {
    dynamic "trust_anchors" {
      for_each = var.device_ca_certificates
      content {
        pem_certificate = trust_anchors.value
      }
    }
  }
}

resource "google_network_security_server_tls_policy" "devices" {
  count = length(var.device_ca_certificates) == 0 ? 0 : 1

  project     = var.project
  name        = "${var.name}-devices"
  description = "A device without a certificate of ours is refused in the handshake."
  location    = "global"

  mtls_policy {
    client_validation_mode         = "REJECT_INVALID"
    client_validation_trust_config = google_certificate_manager_trust_config.devices[0].id
  }
}
