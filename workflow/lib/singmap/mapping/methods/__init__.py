"""Independent looks at the mapping that a model applies to given frames: a module each, loaded by its name.

Each takes an examined model and stacked segments and gives one matrix C per segment, such that C x describes,
or approximates, what the model made of a frame x:

| method | what it is | needs layers |
|---|---|---|
| nca | neural couplings, the paper's fixed iterations | yes |
| nca_equal_fidelity | the same factors, to a stated relative L2 error | yes |
| nca_ones | neural couplings all one, not trained: the paper's ablation | yes |
| student | a free matrix with NCA's loss and optimiser | no |
| jacobian | exact local matrix, averaged over the frames | no |
| jacobian_weighted | the same average, frames weighted by the input in each bin | no |
| least_squares | the best matrix, ridge chosen on held-out frames | no |
| diagonal | the best diagonal, the scalar filter | no |

What a module must offer is `singmap.mapping.method.Method`. No module imports all of them: an edit of one
method reruns that method alone.
"""
