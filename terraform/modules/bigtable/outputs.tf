output "instance" {
  description = "Name of the instance."
  value       = google_bigtable_instance.instance.name
}

output "app_profiles" {
  description = "By use (rows, batch, reads): the id, as jobs take it."
  value = {
    rows  = google_bigtable_app_profile.rows.app_profile_id
    batch = google_bigtable_app_profile.batch.app_profile_id
    reads = google_bigtable_app_profile.reads.app_profile_id
  }
}

output "views" {
  description = "By `table-tenant`: the authorised view."
  value       = { for name, view in google_bigtable_authorized_view.tenant : name => view.id }
}

output "keyset_backup_hours" {
  description = "What pipelines.erase has to be told as --backups-hours, at least."
  value       = var.keyset_backup_days * local.hours_per_day
}
