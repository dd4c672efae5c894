mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789" }
  }
}
mock_provider "google-beta" {}

variables {
  project = "my-project"
  host    = "bci.example.org"
  tenants = { clinic01 = { researchers = ["group:research@example.org"] } }
  operators = {
    issuer   = "https://login.example.org"
    audience = "bci-operators"
    jwks_url = "https://login.example.org/keys"
  }
  emails = ["oncall@example.org"]
}

run "the_first_apply_needs_no_release" {
  command = plan
  assert {
    condition     = output.region.region == "europe-west3" && output.region.image_repository == "europe-west3-docker.pkg.dev/my-project/neural-engine"
    error_message = "it is elsewhere"
  }
}

run "the_second_runs_one" {
  command = plan
  variables {
    release = { functions = "functions/0123abcd.zip", tag = "1.0.0" }
  }
  assert {
    condition     = output.region.region == "europe-west3"
    error_message = "it is elsewhere"
  }
}

run "refuses_a_tenant_that_is_no_id" {
  command = plan
  variables {
    tenants = { "Clinic One" = {} }
  }
  expect_failures = [var.tenants]
}
