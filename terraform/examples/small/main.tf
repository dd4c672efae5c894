# One region, one project: a laboratory, a pilot, a test.

provider "google" {
  project = var.project
  region  = var.region
}

provider "google-beta" {
  project = var.project
  region  = var.region
}

module "network" {
  source = "../../modules/network"

  project         = var.project
  ranges          = { (var.region) = "10.10.0.0/24" }
  restricted_apis = false # there is no perimeter here
}

module "region" {
  source = "../../modules/region"

  project   = var.project
  region    = var.region
  zones     = ["${var.region}-a"]
  tenants   = var.tenants
  host      = var.host
  operators = var.operators
  release   = var.release
  nodes     = { min = 1, max = 3 }
  workers   = { first = 1, most = 3, machine = "n2d-standard-2" }
  instances = {
    enrolment = { min = 0, max = 2 }
    sessions  = { min = 0, max = 2 }
    telemetry = { min = 1, max = 10 }
  }
  network = {
    network    = module.network.network
    subnetwork = module.network.subnetworks[var.region]
  }
}

module "monitoring" {
  source = "../../modules/monitoring"

  project = var.project
  emails  = var.emails
}
