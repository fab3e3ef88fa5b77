// A stand-in for the Terraform provider elastic/ec: of `ec_deployment` the attributes that our stack uses, named, required and computed as
// in the real one (https://github.com/elastic/terraform-provider-ec, docs/resources/deployment.md), by the same calls of the API.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	providerschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

func main() {
	// Only a debugger uses the address.
	err := providerserver.Serve(context.Background(), func() provider.Provider { return &cloud{} },
		providerserver.ServeOpts{Address: "localhost/elastic/ec", ProtocolVersion: 6})
	if err != nil {
		log.Fatal(err)
	}
}

type cloud struct{ endpoint, key string }

func (c *cloud) Metadata(_ context.Context, _ provider.MetadataRequest, out *provider.MetadataResponse) {
	out.TypeName = "ec"
}

func (c *cloud) Schema(_ context.Context, _ provider.SchemaRequest, out *provider.SchemaResponse) {
	out.Schema = providerschema.Schema{Attributes: map[string]providerschema.Attribute{
		"endpoint": providerschema.StringAttribute{Optional: true},
		"apikey":   providerschema.StringAttribute{Optional: true, Sensitive: true},
	}}
}

func (c *cloud) Configure(_ context.Context, _ provider.ConfigureRequest, out *provider.ConfigureResponse) {
	c.endpoint, c.key = os.Getenv("EC_ENDPOINT"), os.Getenv("EC_API_KEY")
	if c.key == "" {
		out.Diagnostics.AddError("Unable to create api Client config", "authwriter: 1 error occurred:\n\t* one of apikey or username and password must be specified")
	}
	out.ResourceData = c
}

func (c *cloud) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (c *cloud) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return &deployment{} }}
}

// An error of the API, with the same text as in the real provider.
type refusal struct {
	Status int
	Errors []struct{ Code, Message string }
}

func (r *refusal) Error() string {
	said := fmt.Sprintf("api error: %d error occurred:\n", len(r.Errors))
	for _, e := range r.Errors {
		said += fmt.Sprintf("\t* %s: %s\n", e.Code, e.Message)
	}
	return said + "\n"
}

func (c *cloud) call(ctx context.Context, method, path string, body, answer any) error {
	sent, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, c.endpoint+"/api/v1"+path, bytes.NewReader(sent))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "ApiKey "+c.key)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		refused := &refusal{Status: response.StatusCode}
		_ = json.Unmarshal(text, refused)
		return refused
	}
	return json.Unmarshal(text, answer)
}
