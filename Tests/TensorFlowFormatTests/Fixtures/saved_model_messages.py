"""Makes the parts of a SavedModel, as messages of TensorFlow's own classes or as their texts."""
from google.protobuf import text_format
from tensorflow.core.framework import tensor_pb2
from tensorflow.core.protobuf import saved_model_pb2


# Functions and the main graph


def attributes(message, **values):
    for name, text in values.items():
        text_format.Parse(text, message.attr[name])


def node(nodes, name, op, *inputs, **values):
    attributes(nodes.add(name=name, op=op, input=inputs), **values)


def kinds(*names):
    return "list { " + " ".join(f"type: {name}" for name in names) + " }"


def shape(*dims):
    return "shape { " + " ".join(f"dim {{ size: {dim} }}" for dim in dims) + " }"


def function(library, name, inputs, handles, results):
    made = library.function.add()
    made.signature.name = name
    for argument, kind in inputs:
        made.signature.input_arg.add(name=argument, type=kind)
    for argument, dims in handles:
        handle = made.signature.input_arg.add(name=argument, type="DT_RESOURCE")
        text_format.Parse("dtype: DT_FLOAT " + shape(*dims), handle.handle_data.add())
    for result, kind, source in results:
        made.signature.output_arg.add(name=result, type=kind)
        made.ret[result] = source
    return made.node_def


def call(nodes, name, inputs, types, results, callee):
    node(nodes, name, "StatefulPartitionedCall", *inputs, Tin=kinds(*types), Tout=kinds(*results),
         f=f'func {{ name: "{callee}" }}')


def strings(values):
    tensor = tensor_pb2.TensorProto(dtype="DT_STRING", string_val=values)
    tensor.tensor_shape.dim.add(size=len(values))
    return f"tensor {{ {tensor} }}"


def model():
    message = saved_model_pb2.SavedModel(saved_model_schema_version=1)
    graph = message.meta_graphs.add()
    graph.meta_info_def.tags.append("serve")
    graph.meta_info_def.tensorflow_version = "2.21.0"
    graph.meta_info_def.stripped_default_attrs = True
    graph.graph_def.versions.producer = 2474  # tf.version.GRAPH_DEF_VERSION
    graph.graph_def.versions.min_consumer = 12
    return message, graph


def saver(graph, restore, save="saver_filename:0"):
    graph.saver_def.filename_tensor_name = "saver_filename:0"
    graph.saver_def.save_tensor_name = save
    graph.saver_def.restore_op_name = restore
    graph.saver_def.version = 2


def signature(graph, name, inputs, outputs):
    made = graph.signature_def[name]
    made.method_name = "tensorflow/serving/predict"
    for side, tensors in [(made.inputs, inputs), (made.outputs, outputs)]:
        for key, place, kind, dims in tensors:
            text_format.Parse(f'name: "{place}" dtype: {kind} tensor_' + shape(*dims), side[key])


# Objects


def specification(name, kind, *dims):
    return f'tensor_spec_value {{ name: "{name}" {shape(*dims)} dtype: {kind} }}'


def values(kind, *texts):
    return f"{kind}_value {{ " + " ".join(f"values {{ {text} }}" for text in texts) + " }"


def dictionary(**fields):
    texts = [f'fields {{ key: "{key}" value {{ {text} }} }}' for key, text in fields.items()]
    return "dict_value { " + " ".join(texts) + " }"


NOTHING = "none_value { }"
PARAMETERS = 'named_tuple_value { name: "FullArgSpec" ' + " ".join(
    f'values {{ key: "{key}" value {{ {text} }} }}' for key, text in [
        ("args", values("list", 'string_value: "inputs"')), ("varargs", NOTHING), ("varkw", NOTHING),
        ("defaults", NOTHING), ("kwonlyargs", values("list")), ("kwonlydefaults", NOTHING),
        ("annotations", dictionary())]) + " }"


def user_object(made, identifier):
    text_format.Parse(f'identifier: "{identifier}" version {{ producer: 1 min_consumer: 1 }}', made.user_object)


def saved_function(made, name, taken):
    made.function.concrete_functions.append(name)
    text_format.Parse(PARAMETERS, made.function.function_spec.fullargspec)
    text_format.Parse(taken, made.function.function_spec.input_signature)


def concrete(objects, name, bound, taken, given):
    made = objects.concrete_functions[name]
    made.bound_inputs.extend(bound)
    text_format.Parse(taken, made.canonicalized_input_signature)
    text_format.Parse(given, made.output_signature)


def references(made, children):
    for name, number in children.items():
        made.children.add(node_id=number, local_name=name)
