output "region" {
  description = "What comes next needs of this: address, repository, buckets, templates."
  value       = module.region
}
