import { TerraformResource, type IAspect, type IConstruct } from './imports.ts';

/**
 * Tags every resource that has tags with its address, so that what a killed run made and could not save in the state can be found and
 * imported.
 */
export class AddressTags implements IAspect {
  visit(node: IConstruct): void {
    if (!(node instanceof TerraformResource) || !('tagsInput' in node)) return;
    // S3 limits the tags of an object, and uploading a jar again does no harm.
    if (node.terraformResourceType === 'aws_s3_object') return;
    const tagged = node as TerraformResource & { tags?: Record<string, string>; tagsInput?: Record<string, string> };
    tagged.tags = { ...tagged.tagsInput, address: `${node.terraformResourceType}.${node.friendlyUniqueId}` };
  }
}
