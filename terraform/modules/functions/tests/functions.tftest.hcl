mock_provider "google" {}

variables {
  project = "my-project"
  region  = "europe-west3"
  host    = "eu.bci.example.org"
  source_archive = {
    bucket = "my-project-europe-west3-staging"
    object = "functions/0123abcd.zip"
  }
  accounts = {
    enrolment = "enrolment@my-project.iam.gserviceaccount.com"
    sessions  = "sessions@my-project.iam.gserviceaccount.com"
    telemetry = "telemetry@my-project.iam.gserviceaccount.com"
    build     = "build@my-project.iam.gserviceaccount.com"
  }
  stores = {
    bigtable_instance   = "telemetry"
    kms_key_ring        = "neural-engine"
    telemetry_topic     = "projects/my-project/topics/telemetry"
    device_events_topic = "projects/my-project/topics/device-events"
  }
  operators = {
    issuer   = "https://login.example.org"
    audience = "bci-operators"
    jwks_url = "https://login.example.org/keys"
  }
}

run "functions_are_reached_through_the_load_balancer_only" {
  command = plan
  assert {
    condition     = alltrue([for function in google_cloudfunctions2_function.function : function.service_config[0].ingress_settings == "ALLOW_INTERNAL_AND_GCLB"])
    error_message = "a function can be called around the load balancer"
  }
  assert {
    condition     = google_compute_global_forwarding_rule.front.port_range == "443"
    error_message = "tokens can travel in the clear"
  }
}

run "the_sweep_is_started_by_a_message_and_by_nobody_else" {
  command = plan
  assert {
    condition     = google_cloudfunctions2_function.sweep.service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY" && google_cloud_run_service_iam_member.sweep.member == "serviceAccount:sessions@my-project.iam.gserviceaccount.com"
    error_message = "others can start the sweep"
  }
  assert {
    condition     = google_cloud_scheduler_job.sweep.schedule == "*/5 * * * *"
    error_message = "sessions end at another time than every five minutes"
  }
}

run "each_function_acts_as_itself" {
  command = plan
  assert {
    condition     = { for name, function in google_cloudfunctions2_function.function : name => function.service_config[0].service_account_email } == { for name in ["enrolment", "sessions", "telemetry"] : name => "${name}@my-project.iam.gserviceaccount.com" }
    error_message = "a function acts as another"
  }
}

run "devices_are_told_to_post_to_their_region" {
  command = plan
  assert {
    condition     = google_cloudfunctions2_function.function["sessions"].service_config[0].environment_variables["NEURAL_ENGINE_TELEMETRY_URL"] == "https://eu.bci.example.org/v1/telemetry"
    error_message = "sessions send devices elsewhere"
  }
  assert {
    condition     = google_cloudfunctions2_function.function["telemetry"].service_config[0].environment_variables["NEURAL_ENGINE_KMS_LOCATION"] == "europe-west3" && google_cloudfunctions2_function.function["telemetry"].location == "europe-west3"
    error_message = "keys or function are elsewhere"
  }
}

run "the_first_device_does_not_wait_for_a_start" {
  command = plan
  assert {
    condition     = google_cloudfunctions2_function.function["telemetry"].service_config[0].min_instance_count == 2
    error_message = "no instance of the telemetry function waits"
  }
}

run "every_path_leads_to_the_function_that_serves_it" {
  command = apply
  assert {
    condition     = { for rule in google_compute_url_map.front.path_matcher[0].path_rule : rule.service => rule.paths } == { for name, paths in jsondecode(file("./paths.json")) : google_compute_backend_service.function[name].id => toset(paths) }
    error_message = "a path leads to another function"
  }
}

run "an_address_that_asks_too_often_is_refused" {
  command = plan
  assert {
    condition     = [for rule in google_compute_security_policy.front.rule : "${rule.action} ${rule.rate_limit_options[0].exceed_action} ${rule.rate_limit_options[0].rate_limit_threshold[0].count}" if rule.priority == 1000] == ["throttle deny(429) 6000"]
    error_message = "there is no limit on rates"
  }
  assert {
    condition     = [for rule in google_compute_security_policy.front.rule : rule.action if strcontains(try(rule.match[0].expr[0].expression, ""), "content-length")] == ["deny(403)"]
    error_message = "a body of any size reaches the functions"
  }
  assert {
    condition     = google_compute_backend_service.function["telemetry"].load_balancing_scheme == "EXTERNAL_MANAGED"
    error_message = "the scheme knows no throttling"
  }
}

run "every_backend_is_behind_the_policy" {
  command = apply
  assert {
    condition     = alltrue([for backend in google_compute_backend_service.function : backend.security_policy == google_compute_security_policy.front.id])
    error_message = "a backend is not protected"
  }
}

run "old_tls_is_refused" {
  command = plan
  assert {
    condition     = google_compute_ssl_policy.front.min_tls_version == "TLS_1_2" && google_compute_ssl_policy.front.profile == "RESTRICTED"
    error_message = "weak ciphers are taken"
  }
}

run "without_authorities_tokens_alone_count" {
  command = plan
  assert {
    condition     = length(google_network_security_server_tls_policy.devices) == 0
    error_message = "devices need certificates that nobody signed"
  }
}

run "with_authorities_a_device_without_a_certificate_is_refused" {
  command = plan
  variables {
    device_ca_certificates = ["-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"]
  }
  assert {
    condition     = google_network_security_server_tls_policy.devices[0].mtls_policy[0].client_validation_mode == "REJECT_INVALID"
    error_message = "a device without a certificate gets in"
  }
  assert {
    condition     = google_certificate_manager_trust_config.devices[0].trust_stores[0].trust_anchors[0].pem_certificate == var.device_ca_certificates[0]
    error_message = "another authority is trusted"
  }
}

run "refuses_a_private_key_among_certificates" {
  command = plan
  variables {
    device_ca_certificates = ["-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n"]
  }
  expect_failures = [var.device_ca_certificates]
}

run "refuses_one_account_for_two_functions" {
  command = plan
  variables {
    accounts = {
      enrolment = "a@my-project.iam.gserviceaccount.com"
      sessions  = "a@my-project.iam.gserviceaccount.com"
      telemetry = "b@my-project.iam.gserviceaccount.com"
      build     = "c@my-project.iam.gserviceaccount.com"
    }
  }
  expect_failures = [var.accounts]
}

run "refuses_operators_whose_keys_come_in_the_clear" {
  command = plan
  variables {
    operators = { issuer = "https://login.example.org", audience = "bci", jwks_url = "http://login.example.org/keys" }
  }
  expect_failures = [var.operators]
}

run "refuses_a_limit_below_the_largest_post" {
  command = plan
  variables { max_body_bytes = 1000000 }
  expect_failures = [var.max_body_bytes]
}

run "refuses_a_rate_that_stops_devices" {
  command = plan
  variables { requests_per_minute = 1 }
  expect_failures = [var.requests_per_minute]
}

run "refuses_more_waiting_than_there_may_be" {
  command = plan
  variables {
    instances = {
      enrolment = { min = 0, max = 10 }
      sessions  = { min = 1, max = 20 }
      telemetry = { min = 5, max = 2 }
    }
  }
  expect_failures = [var.instances]
}

run "refuses_a_key_without_a_repository" {
  command = plan
  variables { kms_key = "projects/my-project/locations/europe-west3/keyRings/neural-engine/cryptoKeys/service-functions" }
  expect_failures = [var.image_repository]
}

run "refuses_a_host_that_is_an_address" {
  command = plan
  variables { host = "https://bci.example.org" }
  expect_failures = [var.host]
}

run "refuses_a_multi_region" {
  command = plan
  variables { region = "europe" }
  expect_failures = [var.region]
}

run "refuses_source_that_is_no_archive" {
  command = plan
  variables {
    source_archive = { bucket = "b", object = "functions.tar" }
  }
  expect_failures = [var.source_archive]
}

run "refuses_a_name_that_google_would" {
  command = plan
  variables { name = "Neural" }
  expect_failures = [var.name]
}

run "refuses_a_latency_that_nobody_can_keep" {
  command = plan
  variables { expected_latency_ms = 0 }
  expect_failures = [var.expected_latency_ms]
}
