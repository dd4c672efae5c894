mock_provider "google" {}

variables {
  project = "my-project"
  ranges  = { europe-west3 = "10.10.0.0/24" }
}

run "workers_reach_google_without_public_addresses" {
  command = plan
  assert {
    condition     = google_compute_subnetwork.workers["europe-west3"].private_ip_google_access == true
    error_message = "workers without public addresses could not reach Google"
  }
  assert {
    condition     = google_compute_network.network.auto_create_subnetworks == false && google_compute_network.network.delete_default_routes_on_create == true
    error_message = "the network has subnetworks or routes that nobody asked for"
  }
  assert {
    condition     = google_dns_record_set.apis["googleapis"].rrdatas == tolist(["199.36.153.4", "199.36.153.5", "199.36.153.6", "199.36.153.7"])
    error_message = "googleapis.com does not lead to the restricted addresses"
  }
}

run "the_internet_is_out_of_reach_unless_asked_for" {
  command = plan
  assert {
    condition     = length(google_compute_router_nat.nat) == 0 && length(google_compute_route.internet) == 0 && length(google_compute_firewall.nothing_else_out) == 1
    error_message = "workers can reach the internet"
  }
}

run "the_internet_where_asked_for_is_behind_nat" {
  command = plan
  variables { internet_egress = true }
  assert {
    condition     = keys(google_compute_router_nat.nat) == ["europe-west3"] && length(google_compute_firewall.nothing_else_out) == 0
    error_message = "no NAT, or the firewall is in its way"
  }
}

run "nothing_comes_in_but_between_workers" {
  command = plan
  assert {
    condition     = google_compute_firewall.workers.source_tags == toset(["dataflow"]) && google_compute_firewall.workers.target_tags == toset(["dataflow"])
    error_message = "others than workers are let in"
  }
  assert {
    condition     = toset(flatten([for rule in google_compute_firewall.workers.allow : rule.ports])) == toset(["12345-12346"])
    error_message = "other ports than Dataflow's are open"
  }
}

run "refuses_public_ranges" {
  command = plan
  variables {
    ranges = { europe-west3 = "8.8.8.0/24" }
  }
  expect_failures = [var.ranges]
}

run "refuses_what_is_no_range" {
  command = plan
  variables {
    ranges = { europe-west3 = "10.10.0.0" }
  }
  expect_failures = [var.ranges]
}

run "refuses_a_name_that_google_would" {
  command = plan
  variables { name = "Neural_Engine" }
  expect_failures = [var.name]
}
