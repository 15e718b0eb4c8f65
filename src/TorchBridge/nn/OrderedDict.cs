#nullable disable // as in TorchSharp
using System.Collections;

namespace TorchSharp.Utils;

/// <summary>A dictionary that keeps the order in which its keys were added.</summary>
public class OrderedDict<TKey, TValue> : IDictionary<TKey, TValue>, IList<(TKey, TValue)>
{
    private readonly List<(TKey Key, TValue Value)> list = [];
    private readonly Dictionary<TKey, TValue> dictionary = [];

    public int Count => list.Count;

    public bool IsReadOnly => false;

    public ICollection<TKey> Keys => [.. list.Select(pair => pair.Key)];

    public ICollection<TValue> Values => [.. list.Select(pair => pair.Value)];

    public (TKey, TValue) this[int index]
    {
        get => list[index];
        set
        {
            dictionary[value.Item1] = value.Item2;
            list[index] = value;
        }
    }

    public TValue this[TKey key]
    {
        get => dictionary[key];
        set
        {
            if (dictionary.ContainsKey(key)) list[Place(key)] = (key, value);
            else list.Add((key, value));
            dictionary[key] = value;
        }
    }

    public void clear() => Clear();

    public IEnumerator<(TKey, TValue)> items() => list.GetEnumerator();

    public IEnumerable<TKey> keys() => Keys;

    public IEnumerable<TValue> values() => Values;

    public void Add((TKey, TValue) item) => Add(item.Item1, item.Item2);

    public void Add(TKey key, TValue value)
    {
        dictionary.Add(key, value);
        list.Add((key, value));
    }

    public void Add(KeyValuePair<TKey, TValue> item) => Add(item.Key, item.Value);

    public void Clear()
    {
        list.Clear();
        dictionary.Clear();
    }

    public bool Contains((TKey, TValue) item) => list.Contains(item);

    public bool Contains(KeyValuePair<TKey, TValue> item) => list.Contains((item.Key, item.Value));

    public bool ContainsKey(TKey key) => dictionary.ContainsKey(key);

    public void CopyTo((TKey, TValue)[] array, int arrayIndex) => list.CopyTo(array, arrayIndex);

    public void CopyTo(KeyValuePair<TKey, TValue>[] array, int arrayIndex)
    {
        foreach (var (key, value) in list) array[arrayIndex++] = new(key, value);
    }

    public IEnumerator<(TKey, TValue)> GetEnumerator() => list.GetEnumerator();

    public int IndexOf((TKey, TValue) item) => list.IndexOf(item);

    public void Insert(int index, (TKey, TValue) item)
    {
        dictionary.Add(item.Item1, item.Item2);
        list.Insert(index, item);
    }

    public bool Remove(TKey key)
    {
        if (!dictionary.Remove(key)) return false;
        list.RemoveAt(Place(key));
        return true;
    }

    public bool Remove((TKey, TValue) item) => Contains(item) && Remove(item.Item1);

    public bool Remove(KeyValuePair<TKey, TValue> item) => Contains(item) && Remove(item.Key);

    public void RemoveAt(int index) => Remove(list[index].Key);

    public bool TryGetValue(TKey key, out TValue value) => dictionary.TryGetValue(key, out value);

    IEnumerator<KeyValuePair<TKey, TValue>> IEnumerable<KeyValuePair<TKey, TValue>>.GetEnumerator() =>
        list.Select(pair => new KeyValuePair<TKey, TValue>(pair.Key, pair.Value)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int Place(TKey key) => list.FindIndex(pair => EqualityComparer<TKey>.Default.Equals(pair.Key, key));
}
