package main

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

type deployment struct{ cloud *cloud }

func (d *deployment) Metadata(_ context.Context, _ resource.MetadataRequest, out *resource.MetadataResponse) {
	out.TypeName = "ec_deployment"
}

func (d *deployment) Configure(_ context.Context, in resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	d.cloud, _ = in.ProviderData.(*cloud)
}

func (d *deployment) ImportState(ctx context.Context, in resource.ImportStateRequest, out *resource.ImportStateResponse) {
	resource.ImportStatePassthroughID(ctx, path.Root("id"), in, out)
}

func (d *deployment) Schema(_ context.Context, _ resource.SchemaRequest, out *resource.SchemaResponse) {
	required := schema.StringAttribute{Required: true}
	known := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	computed := schema.StringAttribute{Computed: true, PlanModifiers: known}
	size := schema.StringAttribute{Optional: true, Computed: true, PlanModifiers: known}
	zones := schema.Int64Attribute{
		Optional: true, Computed: true, PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
	}
	ref := func(name string) schema.Attribute {
		return schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(name)}
	}
	out.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"id": computed, "name": schema.StringAttribute{Optional: true}, "region": required, "version": required,
		"deployment_template_id": required, "elasticsearch_username": computed,
		"elasticsearch_password": schema.StringAttribute{Computed: true, Sensitive: true, PlanModifiers: known},
		"tags":                   schema.MapAttribute{Optional: true, ElementType: types.StringType},
		"elasticsearch": schema.SingleNestedAttribute{Required: true, Attributes: map[string]schema.Attribute{
			"ref_id": ref("main-elasticsearch"), "resource_id": computed, "https_endpoint": computed,
			"hot": schema.SingleNestedAttribute{Required: true, Attributes: map[string]schema.Attribute{
				"size": size, "zone_count": zones,
				"autoscaling": schema.SingleNestedAttribute{Required: true, Attributes: map[string]schema.Attribute{
					"max_size": schema.StringAttribute{Optional: true},
				}},
			}},
		}},
		"kibana": schema.SingleNestedAttribute{Optional: true, Attributes: map[string]schema.Attribute{
			"ref_id": ref("main-kibana"), "resource_id": computed, "https_endpoint": computed,
			"size": size, "zone_count": zones,
		}},
	}}
}

// The API's description of Elasticsearch or Kibana in a deployment.
type part struct {
	ID    string `json:"id"`
	RefID string `json:"ref_id"`
	Info  struct {
		Status   string
		Metadata struct {
			ServiceURL string `json:"service_url"`
		}
		PlanInfo struct{ Current struct{ Plan plan } } `json:"plan_info"`
	}
	Region string
}

type plan struct {
	Topology      []topology     `json:"cluster_topology"`
	Elasticsearch map[string]any `json:"elasticsearch,omitempty"`
	Kibana        map[string]any `json:"kibana,omitempty"`
	Template      map[string]any `json:"deployment_template,omitempty"`
}

type topology struct {
	ID    string `json:"id,omitempty"`
	Zones int64  `json:"zone_count"`
	Size  struct {
		Value    int64  `json:"value"`
		Resource string `json:"resource"`
	} `json:"size"`
}

type tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type described struct {
	Name      string
	Metadata  struct{ Tags []tag }
	Resources struct{ Elasticsearch, Kibana []part }
}

var es, kb = path.Root("elasticsearch"), path.Root("kibana")

// The body of a POST or PUT, from the configuration.
func wanted(ctx context.Context, config tfsdk.Plan, problems *diag.Diagnostics) map[string]any {
	read := func(at path.Path) (value string) {
		problems.Append(config.GetAttribute(ctx, at, &value)...)
		return value
	}
	node := func(at path.Path, id string) topology {
		t := topology{ID: id}
		problems.Append(config.GetAttribute(ctx, at.AtName("zone_count"), &t.Zones)...)
		var gigabytes int64
		_, err := fmt.Sscanf(read(at.AtName("size")), "%dg", &gigabytes)
		if err != nil {
			problems.AddError("invalid size", err.Error())
		}
		t.Size.Value, t.Size.Resource = gigabytes*1024, "memory"
		return t
	}
	var given map[string]string
	problems.Append(config.GetAttribute(ctx, path.Root("tags"), &given)...)
	tags := []tag{}
	for key, value := range given {
		tags = append(tags, tag{key, value})
	}
	region, version := read(path.Root("region")), map[string]any{"version": read(path.Root("version"))}
	body := func(at path.Path, p plan) map[string]any {
		return map[string]any{"ref_id": read(at.AtName("ref_id")), "region": region, "plan": p}
	}
	search := body(es, plan{
		Topology: []topology{node(es.AtName("hot"), "hot_content")}, Elasticsearch: version,
		Template: map[string]any{"id": read(path.Root("deployment_template_id"))},
	})
	front := body(kb, plan{Topology: []topology{node(kb, "")}, Kibana: version})
	front["elasticsearch_cluster_ref_id"] = search["ref_id"]
	return map[string]any{
		"name": read(path.Root("name")), "metadata": map[string]any{"tags": tags}, "prune_orphans": true,
		"resources": map[string]any{"elasticsearch": []any{search}, "kibana": []any{front}},
	}
}

func (d *deployment) Create(ctx context.Context, in resource.CreateRequest, out *resource.CreateResponse) {
	var made struct {
		ID        string
		Resources []struct {
			Credentials *struct{ Username, Password string }
		}
	}
	body := wanted(ctx, in.Plan, &out.Diagnostics)
	if out.Diagnostics.HasError() {
		return
	}
	if err := d.cloud.call(ctx, "POST", "/deployments", body, &made); err != nil {
		out.Diagnostics.AddError("failed creating deployment", err.Error())
		return
	}
	out.State.Raw = in.Plan.Raw
	set(ctx, &out.State, &out.Diagnostics, path.Root("id"), made.ID)
	for _, each := range made.Resources {
		if each.Credentials != nil {
			set(ctx, &out.State, &out.Diagnostics, path.Root("elasticsearch_username"), each.Credentials.Username)
			set(ctx, &out.State, &out.Diagnostics, path.Root("elasticsearch_password"), each.Credentials.Password)
		}
	}
	d.follow(ctx, made.ID, "started", &out.State, &out.Diagnostics)
}

func (d *deployment) Read(ctx context.Context, in resource.ReadRequest, out *resource.ReadResponse) {
	var id string
	out.Diagnostics.Append(in.State.GetAttribute(ctx, path.Root("id"), &id)...)
	d.follow(ctx, id, "", &out.State, &out.Diagnostics)
}

func (d *deployment) Update(ctx context.Context, in resource.UpdateRequest, out *resource.UpdateResponse) {
	var id string
	out.Diagnostics.Append(in.State.GetAttribute(ctx, path.Root("id"), &id)...)
	if err := d.cloud.call(ctx, "PUT", "/deployments/"+id, wanted(ctx, in.Plan, &out.Diagnostics), &struct{}{}); err != nil {
		out.Diagnostics.AddError("failed updating deployment", err.Error())
		return
	}
	out.State.Raw = in.Plan.Raw
	d.follow(ctx, id, "started", &out.State, &out.Diagnostics)
}

func (d *deployment) Delete(ctx context.Context, in resource.DeleteRequest, out *resource.DeleteResponse) {
	var id string
	out.Diagnostics.Append(in.State.GetAttribute(ctx, path.Root("id"), &id)...)
	if err := d.cloud.call(ctx, "POST", "/deployments/"+id+"/_shutdown", struct{}{}, &struct{}{}); err != nil {
		out.Diagnostics.AddError("deployment deletion error", err.Error())
		return
	}
	d.follow(ctx, id, "stopped", &out.State, &out.Diagnostics)
	_ = d.cloud.call(ctx, "DELETE", "/deployments/"+id, nil, &struct{}{})
}

// Waits until Elasticsearch has the given status, or any if none is given, and copies the API's answer into the state.
func (d *deployment) follow(ctx context.Context, id, status string, state *tfsdk.State, problems *diag.Diagnostics) {
	var found described
	for {
		if err := d.cloud.call(ctx, "GET", "/deployments/"+id, nil, &found); err != nil {
			problems.AddError("Deployment get error", err.Error())
			return
		}
		if status == "" || found.Resources.Elasticsearch[0].Info.Status == status {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	search := found.Resources.Elasticsearch[0]
	if search.Info.Status == "stopped" {
		state.RemoveResource(ctx)
		return
	}
	tags := map[string]string{}
	for _, t := range found.Metadata.Tags {
		tags[t.Key] = t.Value
	}
	plan := search.Info.PlanInfo.Current.Plan
	set(ctx, state, problems, path.Root("name"), found.Name)
	set(ctx, state, problems, path.Root("tags"), tags)
	set(ctx, state, problems, path.Root("region"), search.Region)
	set(ctx, state, problems, path.Root("version"), plan.Elasticsearch["version"])
	set(ctx, state, problems, path.Root("deployment_template_id"), plan.Template["id"])
	set(ctx, state, problems, es.AtName("hot").AtName("autoscaling").AtName("max_size"), types.StringNull())
	describe(ctx, state, problems, es, es.AtName("hot"), search)
	for _, front := range found.Resources.Kibana {
		describe(ctx, state, problems, kb, kb, front)
	}
}

func describe(ctx context.Context, state *tfsdk.State, problems *diag.Diagnostics, at, node path.Path, p part) {
	set(ctx, state, problems, at.AtName("ref_id"), p.RefID)
	set(ctx, state, problems, at.AtName("resource_id"), p.ID)
	set(ctx, state, problems, at.AtName("https_endpoint"), p.Info.Metadata.ServiceURL)
	for _, t := range p.Info.PlanInfo.Current.Plan.Topology {
		set(ctx, state, problems, node.AtName("size"), fmt.Sprintf("%dg", t.Size.Value/1024))
		set(ctx, state, problems, node.AtName("zone_count"), t.Zones)
	}
}

func set(ctx context.Context, state *tfsdk.State, problems *diag.Diagnostics, at path.Path, value any) {
	problems.Append(state.SetAttribute(ctx, at, value)...)
}
