{{/* What a release is called. Everything is named after it, so two releases do not meet. */}}
{{- define "stratoscope.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{/*
At most 40 characters: the longest name made of it is that of a CronJob, whose Jobs leave it 52. A longer one is cut and gets a
hash of the whole, as two long names may begin alike.
*/}}
{{- define "stratoscope.fullname" -}}
{{- $full := default (contains (include "stratoscope.name" .) .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name (include "stratoscope.name" .))) .Values.fullnameOverride -}}
{{- include "stratoscope.cut" (dict "text" $full "most" 40) -}}
{{- end }}

{{/* For what has no namespace. */}}
{{- define "stratoscope.clusterName" -}}
{{- include "stratoscope.cut" (dict "text" (printf "%s-%s" .Release.Namespace (include "stratoscope.fullname" .)) "most" 50) -}}
{{- end }}

{{- define "stratoscope.cut" -}}
{{- if gt (len .text) (int .most) -}}
{{- printf "%s-%s" (.text | trunc (int (sub .most 9)) | trimSuffix "-") (.text | sha256sum | trunc 8) -}}
{{- else -}}
{{- .text -}}
{{- end -}}
{{- end }}

{{/* Labels of a component: (list $ "agent"). Those of the values add to ours, and change none: selectors count on them. */}}
{{- define "stratoscope.labels" -}}
{{- $root := index . 0 -}}
{{- $own := dict
  "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/version" (toString $root.Chart.AppVersion)
  "app.kubernetes.io/managed-by" $root.Release.Service
  "app.kubernetes.io/part-of" "stratoscope"
-}}
{{- merge $own (fromYaml (include "stratoscope.selector" .)) $root.Values.commonLabels | toYaml -}}
{{- end }}

{{/* What its pods are found by; never changes, as selectors cannot. */}}
{{- define "stratoscope.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "stratoscope.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* `metadata` of an object: (list $ "agent" "name"). Namespaced, unless a fourth says `cluster`. */}}
{{- define "stratoscope.metadata" -}}
{{- $root := index . 0 -}}
name: {{ index . 2 }}
{{- if lt (len .) 4 }}
namespace: {{ $root.Release.Namespace }}
{{- end }}
labels:
  {{- include "stratoscope.labels" . | nindent 2 }}
{{- with $root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The reference of an image: (list $ .Values.image "default tag"). A digest goes before a tag. */}}
{{- define "stratoscope.reference" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- with $root.Values.global.imageRegistry }}{{ . }}/{{ end -}}
{{- $image.repository -}}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag | default (index . 2) }}{{ end -}}
{{- end }}

{{- define "stratoscope.image" -}}
{{- include "stratoscope.reference" (list . .Values.image .Chart.AppVersion) -}}
{{- end }}
