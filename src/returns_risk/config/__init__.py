"""Typed, strict configuration: params.yaml, policy.yaml and other YAML files that people edit."""
