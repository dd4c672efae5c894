mock_provider "google" {}

variables {
  project = "my-project"
  region  = "europe-west3"
  account = "scheduler@my-project.iam.gserviceaccount.com"
  kms_key = "projects/my-project/locations/europe-west3/keyRings/neural-engine/cryptoKeys/service-run"
  dataflow = {
    subnetwork  = "regions/europe-west3/subnetworks/neural-engine-europe-west3"
    kms_key     = "projects/my-project/locations/europe-west3/keyRings/neural-engine/cryptoKeys/service-dataflow"
    temp_bucket = "my-project-europe-west3-temp"
  }
  network = {
    network    = "neural-engine"
    subnetwork = "neural-engine-europe-west3"
  }
  commands = {
    erase-clinic01 = {
      schedule  = "30 2 * * *"
      image     = "europe-west3-docker.pkg.dev/my-project/neural-engine/rewrap:1.0.0"
      module    = "pipelines.erase"
      arguments = ["run", "--tenant", "clinic01"]
      account   = "keys@my-project.iam.gserviceaccount.com"
    }
  }
  launches = {
    batch = {
      schedule   = "0 1 * * *"
      template   = "gs://my-project-europe-west3-templates/batch.json"
      parameters = { revision = "1" }
      account    = "batch@my-project.iam.gserviceaccount.com"
    }
  }
}

run "an_erasure_runs_daily_as_the_keys_account" {
  command = plan
  assert {
    condition     = google_cloud_run_v2_job.command["erase-clinic01"].template[0].template[0].containers[0].command == tolist(["python", "-m", "pipelines.erase"])
    error_message = "another program runs"
  }
  assert {
    condition     = google_cloud_run_v2_job.command["erase-clinic01"].template[0].template[0].service_account == "keys@my-project.iam.gserviceaccount.com"
    error_message = "it runs as another"
  }
  assert {
    condition     = google_cloud_scheduler_job.command["erase-clinic01"].schedule == "30 2 * * *"
    error_message = "it runs at another time"
  }
}

run "a_command_reaches_google_through_the_private_network_only" {
  command = plan
  assert {
    condition     = google_cloud_run_v2_job.command["erase-clinic01"].template[0].template[0].vpc_access[0].egress == "ALL_TRAFFIC"
    error_message = "it can reach the internet"
  }
}

run "only_the_scheduler_starts_it" {
  command = plan
  assert {
    condition     = [for grant in google_cloud_run_v2_job_iam_member.starter : grant.member] == ["serviceAccount:scheduler@my-project.iam.gserviceaccount.com"]
    error_message = "others start it"
  }
}

run "a_launched_job_has_private_workers_and_our_key" {
  command = plan
  assert {
    condition     = jsondecode(base64decode(google_cloud_scheduler_job.launch["batch"].http_target[0].body)).launchParameter.environment.ipConfiguration == "WORKER_IP_PRIVATE"
    error_message = "workers have public addresses"
  }
  assert {
    condition     = jsondecode(base64decode(google_cloud_scheduler_job.launch["batch"].http_target[0].body)).launchParameter.environment.kmsKeyName == var.dataflow.kms_key
    error_message = "disks lie under another key"
  }
  assert {
    condition     = jsondecode(base64decode(google_cloud_scheduler_job.launch["batch"].http_target[0].body)).launchParameter.parameters == { revision = "1" }
    error_message = "other parameters than those asked for"
  }
}

run "refuses_a_program_that_is_not_ours" {
  command = plan
  variables {
    commands = {
      shell = { schedule = "0 1 * * *", image = "i:1", module = "os", arguments = [], account = "a@b" }
    }
  }
  expect_failures = [var.commands]
}

run "refuses_a_schedule_that_is_none" {
  command = plan
  variables {
    commands = {
      daily = { schedule = "daily", image = "i:1", module = "pipelines.erase", arguments = [], account = "a@b" }
    }
  }
  expect_failures = [var.commands]
}

run "refuses_a_template_that_is_nowhere" {
  command = plan
  variables {
    launches = {
      batch = { schedule = "0 1 * * *", template = "batch.json", parameters = {}, account = "a@b" }
    }
  }
  expect_failures = [var.launches]
}

run "refuses_a_multi_region" {
  command = plan
  variables { region = "europe" }
  expect_failures = [var.region]
}
