mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789" }
  }
}
mock_provider "google-beta" {}

variables {
  project = "my-project"
  region  = "europe-west3"
  zones   = ["europe-west3-a"]
  tenants = { clinic01 = { researchers = ["group:research@example.org"] } }
  network = {
    network    = "projects/my-project/global/networks/neural-engine"
    subnetwork = "https://www.googleapis.com/compute/v1/projects/my-project/regions/europe-west3/subnetworks/neural-engine-europe-west3"
  }
  host = "eu.bci.example.org"
  operators = {
    issuer   = "https://login.example.org"
    audience = "bci-operators"
    jwks_url = "https://login.example.org/keys"
  }
  release = {
    functions = "functions/0123abcd.zip"
    tag       = "1.0.0"
  }
}

run "a_release_runs_with_all_it_needs" {
  command = plan
  assert {
    condition     = length(module.functions) == 1 && length(module.dataflow) == 1 && length(module.scheduler) == 1
    error_message = "a part is missing"
  }
  assert {
    condition     = module.scheduler[0].schedules == { erase-clinic01 = "30 2 * * *", rewrap-clinic01 = "30 4 * * 0" }
    error_message = "keys are not rotated, or erasures are not carried on"
  }
}

run "the_first_apply_makes_the_places_to_put_a_release" {
  command = plan
  variables { release = null }
  assert {
    condition     = length(module.functions) == 0 && length(module.dataflow) == 0 && output.image_repository == "europe-west3-docker.pkg.dev/my-project/neural-engine"
    error_message = "it wants what is not there yet"
  }
}

run "erasures_are_told_how_long_backups_of_keysets_live" {
  command = plan
  assert {
    condition     = module.bigtable.keyset_backup_hours == 72
    error_message = "the schedule and the backups say different things"
  }
}

run "refuses_a_multi_region" {
  command = plan
  variables { region = "europe" }
  expect_failures = [var.region]
}

run "refuses_a_suffix_that_is_too_long" {
  command = plan
  variables { suffix = "-europe-west3" }
  expect_failures = [var.suffix]
}

run "refuses_a_tenant_that_is_no_id" {
  command = plan
  variables {
    tenants = { Clinic = {} }
  }
  expect_failures = [var.tenants]
}
