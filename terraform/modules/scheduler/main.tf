# What runs at its time: programs to their end (Cloud Run), and Dataflow jobs from their templates.

resource "google_cloud_run_v2_job" "command" {
  for_each = var.commands

  project             = var.project
  location            = var.region
  name                = "${var.prefix}-${each.key}"
  deletion_protection = false # it holds nothing

  template {
    template {
      service_account = each.value.account
      encryption_key  = var.kms_key
      max_retries     = 1 # every step of these may be repeated
      timeout         = "${each.value.hours * 3600}s"

      containers {
        image   = each.value.image
        command = ["python", "-m", each.value.module]
        args    = each.value.arguments
        resources {
          limits = { cpu = "2", memory = "4Gi" }
        }
      }

      vpc_access {
        egress = "ALL_TRAFFIC"
        network_interfaces {
          network    = var.network.network
          subnetwork = var.network.subnetwork
        }
      }
    }
  }
}

resource "google_cloud_run_v2_job_iam_member" "starter" {
  for_each = var.commands

  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_job.command[each.key].name
  role     = "roles/run.invoker"
  member   = "serviceAccount:${var.account}"
}

resource "google_cloud_scheduler_job" "command" {
  for_each = var.commands

  project     = var.project
  region      = var.region
  name        = "${var.prefix}-${each.key}"
  description = "python -m ${each.value.module}"
  schedule    = each.value.schedule
  time_zone   = var.time_zone

  http_target {
    http_method = "POST"
    uri         = "https://run.googleapis.com/v2/projects/${var.project}/locations/${var.region}/jobs/${google_cloud_run_v2_job.command[each.key].name}:run"

    oauth_token {
      service_account_email = var.account
    }
  }

  retry_config {
    retry_count = 3
  }
}

resource "google_cloud_scheduler_job" "launch" {
  for_each = var.launches

  project     = var.project
  region      = var.region
  name        = "${var.prefix}-${each.key}"
  description = "Launches ${each.value.template}."
  schedule    = each.value.schedule
  time_zone   = var.time_zone

  http_target {
    http_method = "POST"
    uri         = "https://dataflow.googleapis.com/v1b3/projects/${var.project}/locations/${var.region}/flexTemplates:launch"
    headers     = { "Content-Type" = "application/json" }
    body = base64encode(jsonencode({
      launchParameter = {
        jobName              = "${var.prefix}-${each.key}" # one of a name runs at a time: a late one is not overtaken
        containerSpecGcsPath = each.value.template
        parameters           = each.value.parameters
        environment = {
          serviceAccountEmail = each.value.account
          ipConfiguration     = "WORKER_IP_PRIVATE"
          subnetwork          = var.dataflow.subnetwork
          kmsKeyName          = var.dataflow.kms_key
          tempLocation        = "gs://${var.dataflow.temp_bucket}/dataflow"
          maxWorkers          = each.value.workers
        }
      }
    }))

    oauth_token {
      service_account_email = var.account
    }
  }

  retry_config {
    retry_count = 3
  }
}
