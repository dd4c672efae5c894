output "region" {
  description = "Where all of it is."
  value       = var.region
}

output "address" {
  description = "IPv4 address of the load balancer: the A record of the host; null before the first release."
  value       = one(module.functions[*].address)
}

output "image_repository" {
  description = "What images' names begin with."
  value       = module.images.address
}

output "staging_bucket" {
  description = "Where the functions' source goes."
  value       = module.buckets.names.staging
}

output "templates" {
  description = "By job: its template; for launches by hand."
  value       = try(module.dataflow[0].templates, {})
}

output "research_dataset" {
  description = "What researchers query."
  value       = "${var.project}.${module.bigquery.research_dataset}"
}

output "store" {
  description = "What jobs that are launched by hand are told: instance, profile and key ring."
  value = {
    bigtable_instance    = module.bigtable.instance
    bigtable_app_profile = module.bigtable.app_profiles.batch
    kms_location         = var.region
    kms_key_ring         = module.kms.key_ring
    archive              = module.buckets.urls.archive
    results              = module.buckets.urls.results
  }
}
