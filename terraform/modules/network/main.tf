# A network in which workers have private addresses only and reach Google's APIs and each other.

resource "google_compute_network" "network" {
  project                         = var.project
  name                            = var.name
  auto_create_subnetworks         = false
  delete_default_routes_on_create = true # routes below are all there are
  routing_mode                    = "REGIONAL"
}

resource "google_compute_subnetwork" "workers" {
  #checkov:skip=CKV_GCP_76:addresses are IPv4 only (stack_type below), so there is no IPv6 access to Google to make private
  for_each = var.ranges

  project                  = var.project
  name                     = "${var.name}-${each.key}"
  network                  = google_compute_network.network.id
  region                   = each.key
  ip_cidr_range            = each.value
  stack_type               = "IPV4_ONLY"
  private_ip_google_access = true

  log_config {
    aggregation_interval = "INTERVAL_5_SEC"
    flow_sampling        = 0.5
    metadata             = "INCLUDE_ALL_METADATA"
  }
}

# Google's APIs, at addresses that are announced to no one outside Google.

locals {
  api_name      = var.restricted_apis ? "restricted" : "private"
  api_range     = var.restricted_apis ? "199.36.153.4/30" : "199.36.153.8/30"
  api_addresses = [for n in range(4) : cidrhost(local.api_range, n)]
  api_domains   = { googleapis = "googleapis.com.", pkg-dev = "pkg.dev.", gcr-io = "gcr.io." }
}

resource "google_compute_route" "apis" {
  project          = var.project
  name             = "${var.name}-google-apis"
  network          = google_compute_network.network.id
  dest_range       = local.api_range
  next_hop_gateway = "default-internet-gateway" # as Google documents it: the packets do not leave Google
}

resource "google_dns_managed_zone" "apis" {
  for_each = local.api_domains

  project     = var.project
  name        = "${var.name}-${each.key}"
  dns_name    = each.value
  description = "Answers of Google's APIs, at ${local.api_range}."
  visibility  = "private"

  private_visibility_config {
    networks {
      network_url = google_compute_network.network.id
    }
  }
}

resource "google_dns_record_set" "apis" {
  for_each = local.api_domains

  project      = var.project
  managed_zone = google_dns_managed_zone.apis[each.key].name
  name         = each.key == "googleapis" ? "${local.api_name}.${each.value}" : each.value
  type         = "A"
  ttl          = 300
  rrdatas      = local.api_addresses
}

resource "google_dns_record_set" "api_aliases" {
  for_each = local.api_domains

  project      = var.project
  managed_zone = google_dns_managed_zone.apis[each.key].name
  name         = "*.${each.value}"
  type         = "CNAME"
  ttl          = 300
  rrdatas      = [google_dns_record_set.apis[each.key].name]
}

# Firewall: workers to each other on Dataflow's two ports, and out to Google; nothing else.

resource "google_compute_firewall" "workers" {
  project     = var.project
  name        = "${var.name}-workers"
  description = "Shuffle and streaming between workers of a job."
  network     = google_compute_network.network.id
  direction   = "INGRESS"
  source_tags = ["dataflow"] # Dataflow puts it on every worker
  target_tags = ["dataflow"]

  allow {
    protocol = "tcp"
    ports    = ["12345-12346"]
  }
}

resource "google_compute_firewall" "workers_out" {
  project            = var.project
  name               = "${var.name}-workers-out"
  description        = "As above, as the sender sees it."
  network            = google_compute_network.network.id
  direction          = "EGRESS"
  priority           = 900
  target_tags        = ["dataflow"]
  destination_ranges = values(var.ranges)

  allow {
    protocol = "tcp"
    ports    = ["12345-12346"]
  }
}

resource "google_compute_firewall" "apis_out" {
  project            = var.project
  name               = "${var.name}-apis-out"
  description        = "To Google's APIs."
  network            = google_compute_network.network.id
  direction          = "EGRESS"
  priority           = 900
  destination_ranges = [local.api_range]

  allow {
    protocol = "tcp"
    ports    = ["443"]
  }
}

resource "google_compute_firewall" "nothing_else_out" {
  count = var.internet_egress ? 0 : 1

  project            = var.project
  name               = "${var.name}-nothing-else-out"
  description        = "Whatever a package on a worker tries to call home stays here."
  network            = google_compute_network.network.id
  direction          = "EGRESS"
  priority           = 1000
  destination_ranges = ["0.0.0.0/0"]

  deny {
    protocol = "all"
  }

  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}

# The internet, only where asked for.

resource "google_compute_route" "internet" {
  count = var.internet_egress ? 1 : 0

  project          = var.project
  name             = "${var.name}-internet"
  network          = google_compute_network.network.id
  dest_range       = "0.0.0.0/0"
  next_hop_gateway = "default-internet-gateway"
}

resource "google_compute_router" "nat" {
  for_each = var.internet_egress ? var.ranges : {}

  project = var.project
  name    = "${var.name}-${each.key}"
  region  = each.key
  network = google_compute_network.network.id
}

resource "google_compute_router_nat" "nat" {
  for_each = var.internet_egress ? var.ranges : {}

  project                            = var.project
  name                               = "${var.name}-${each.key}"
  region                             = each.key
  router                             = google_compute_router.nat[each.key].name
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"

  subnetwork {
    name                    = google_compute_subnetwork.workers[each.key].id
    source_ip_ranges_to_nat = ["PRIMARY_IP_RANGE"]
  }

  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}
