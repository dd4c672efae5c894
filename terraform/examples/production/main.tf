# Two regions of one project. A tenant is in one of them, and nothing of it is in the other.

provider "google" {
  project = var.project
}

provider "google-beta" {
  project = var.project
}

locals {
  places = {
    europe = "europe-west3"
    us     = "us-central1"
  }
  tenants = {
    for place, region in local.places : place => {
      for tenant, its in var.tenants : tenant => { researchers = its.researchers } if its.region == region
    }
  }
}

module "network" {
  source = "../../modules/network"

  project = var.project
  ranges  = { (local.places.europe) = "10.10.0.0/22", (local.places.us) = "10.20.0.0/22" }
}

module "europe" {
  source = "../../modules/region"

  project                = var.project
  region                 = local.places.europe
  zones                  = ["europe-west3-a", "europe-west3-b"]
  suffix                 = "-eu"
  tenants                = local.tenants.europe
  host                   = "eu.${var.domain}"
  operators              = var.operators
  release                = var.release
  workers                = { first = 3, most = 100, machine = "n2d-standard-4" }
  protection_level       = "HSM"
  device_ca_certificates = var.device_ca_certificates
  network                = { network = module.network.network, subnetwork = module.network.subnetworks[local.places.europe] }
}

module "us" {
  source = "../../modules/region"

  project                = var.project
  region                 = local.places.us
  zones                  = ["us-central1-a", "us-central1-b"]
  suffix                 = "-us"
  tenants                = local.tenants.us
  host                   = "us.${var.domain}"
  operators              = var.operators
  release                = var.release
  workers                = { first = 3, most = 100, machine = "n2d-standard-4" }
  protection_level       = "HSM"
  device_ca_certificates = var.device_ca_certificates
  network                = { network = module.network.network, subnetwork = module.network.subnetworks[local.places.us] }
}

module "monitoring" {
  source = "../../modules/monitoring"

  project = var.project
  emails  = var.emails
  budget  = var.budget
}

module "perimeter" {
  source = "../../modules/perimeter"
  count  = var.perimeter == null ? 0 : 1

  access_policy   = var.perimeter.access_policy
  project_numbers = [var.perimeter.project_number]
  from_outside    = var.perimeter.from_outside
  dry_run         = var.perimeter.dry_run
}
