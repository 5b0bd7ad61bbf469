// One call of the compiled step in a process of its own, for a CPU that is emulated: standard input brings the task and
// each buffer, standard output takes the buffers back. Arguments: function, then the bytes of each buffer, -1 for none.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "../nasamp/models/fused/fused.cpp"

int main(int count, char** words) {
    const std::string function = words[1];
    Task task;
    bool is_whole = fread(&task, sizeof task, 1, stdin) == 1;
    std::vector<std::vector<char>> buffers;
    std::vector<void*> at;
    for (int i = 2; i < count; i++) {
        const long size = atol(words[i]);
        buffers.emplace_back(std::max(size, 0L));
        is_whole &= fread(buffers.back().data(), 1, buffers.back().size(), stdin) == buffers.back().size();
        at.push_back(size < 0 ? nullptr : buffers.back().data());
    }
    const auto number = [&](size_t i) { return static_cast<int64_t*>(at[i]); };
    const auto single = [&](size_t i) { return static_cast<float*>(at[i]); };
    const auto twice = [&](size_t i) { return static_cast<double*>(at[i]); };
    const auto* table = static_cast<const Row*>(at[0]);
    if (function == "memory_float32") memory_float32(&task, table, number(1), number(2));
    if (function == "memory_float64") memory_float64(&task, table, number(1), number(2));
    if (function == "forward_float32")
        forward_float32(&task, table, single(1), single(2), single(3), single(4), single(5));
    if (function == "forward_float64") forward_float64(&task, table, twice(1), twice(2), twice(3), twice(4), twice(5));
    if (function == "backward_float32")
        backward_float32(&task, table, single(1), single(2), single(3), single(4), single(5), single(6), single(7));
    if (function == "backward_float64")
        backward_float64(&task, table, twice(1), twice(2), twice(3), twice(4), twice(5), twice(6), twice(7));
    for (const auto& buffer : buffers) is_whole &= fwrite(buffer.data(), 1, buffer.size(), stdout) == buffer.size();
    return is_whole ? 0 : 1;
}
