import { TerraformResource, type IAspect, type IConstruct } from './imports.ts';

/**
 * Tags everything that takes tags with the address it is made under, so that what a killed run made and could not write into the state is
 * found again and taken over.
 */
export class AddressTags implements IAspect {
  visit(node: IConstruct): void {
    if (!(node instanceof TerraformResource) || !('tagsInput' in node)) return;
    // S3 counts the tags of each object, and a jar is put again without harm.
    if (node.terraformResourceType === 'aws_s3_object') return;
    const tagged = node as TerraformResource & { tags?: Record<string, string>; tagsInput?: Record<string, string> };
    tagged.tags = { ...tagged.tagsInput, address: `${node.terraformResourceType}.${node.friendlyUniqueId}` };
  }
}
